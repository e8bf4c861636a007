"""Seals over the notices that each member was sent: one put in, taken out or changed beside us is seen.

A notice can only open something: who was told may be scored. So one seal for each member covers all of the member's
notices, and is renewed only over those that matched the one before. How many of each kind came, and went with people
who were erased, stands in the ledger: once nobody was sent any, nobody need be told.
"""
# ruff: noqa: S608 - the SQL is put together from this module's constants and the columns of a table

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from psycopg import sql
from sqlalchemy import text

from kanmon.core.ids import MemberNo
from kanmon.db.bulk import binary_rows, copy_rows, copy_typed
from kanmon.db.row_key import RowKey
from kanmon.db.tables.evidence import notice
from kanmon.db.unit_of_work import ReadSession, RowBatch, WriteSession
from kanmon.ledger.store.bound_rows import BoundRows
from kanmon.ledger.store.bound_tables import NOTICES

COLUMNS = tuple(sorted(column.name for column in notice.c))
_MEMBERS_AT_A_TIME = 50_000
_NOTICES = f"""string_agg(record_send(ROW({", ".join(f"n.{column}" for column in COLUMNS)})), ''
    ORDER BY n.occurred_at, n.kind COLLATE "C", n.client_id COLLATE "C")"""
NOTICED_OF_ONE = f"""
    SELECT (SELECT {_NOTICES} FROM notice n WHERE n.member_no = f.member_no) AS notices,
           (SELECT seal FROM notice_seal WHERE member_no = f.member_no) AS notice_seal
"""
"""The notices of the member of a row `f`, and the seal over them."""
ARE_GONE = """(NOT EXISTS (SELECT FROM notice WHERE kind = 'scoring') AND EXISTS (
    SELECT FROM bound_rows b JOIN ledger_secret s ON s.seq = b.ledger_seq
    WHERE (b.kind, b.batch) = ('notices', '["scoring"]')
    HAVING sum(CAST(CAST(s.payload AS jsonb) -> 'rows' -> 0 ->> 0 AS bigint)) > 0
))"""
"""Whether all notices of scoring went without a trace."""
_SEALED = f"SELECT f.member_no, o.* FROM unnest(CAST(%(members)s AS int[])) f (member_no), LATERAL ({NOTICED_OF_ONE}) o"
_OF = sql.SQL(
    f"SELECT n.member_no, count(*), {_NOTICES} FROM notice n WHERE n.member_no {{members}} GROUP BY 1 ORDER BY 1"
)
_SPAN = text("SELECT min(member_no), max(member_no) FROM notice")
_COUNTS = "SELECT kind, count(*) FROM notice WHERE {} GROUP BY kind ORDER BY kind"
_FORGET = text("DELETE FROM notice_seal WHERE member_no = ANY (:members)")
_ARE_TOLD = text(
    """
    SELECT EXISTS (SELECT FROM notice WHERE kind = 'scoring' AND occurred_at < now()),
           EXISTS (SELECT FROM bound_rows WHERE (kind, batch) = ('notices', '["scoring"]'))
    """
)
_HOW_MANY_TOLD = text("SELECT count(*) FROM notice WHERE kind = 'scoring'")


def are_sealed(rows: RowKey, notices: bytes | None, seal: bytes | None) -> bool:
    """Whether a member's notices are what was sealed; whoever was sent none has no seal."""
    if notices is None or seal is None:
        return notices is seal
    return rows.has_sealed(NOTICES, notices, seal)


class NoticeSeals:
    """Makes and checks the seals within one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session
        self._connection = session.connection

    def unproved(self, members: Collection[MemberNo]) -> frozenset[MemberNo]:
        """Those whose notices are not what they were sent; all, where notices of scoring went without a trace.

        Nobody, where nobody was ever sent one: then they open nothing.
        """
        if not members:
            return frozenset()
        are_told, were_told = self._connection.execute(_ARE_TOLD).one()
        if not are_told:
            return frozenset(members) if were_told and self._have_gone() else frozenset()
        return self._differing(members)

    def _differing(self, members: Collection[MemberNo]) -> frozenset[MemberNo]:
        found = binary_rows(self._connection, _SEALED, {"members": sorted(members)})
        rows = self._session.rows
        return frozenset(MemberNo(member) for member, notices, seal in found if not are_sealed(rows, notices, seal))

    def _have_gone(self) -> bool:
        """Whether more notices of scoring were entered than there are, or nothing tells how many."""
        entered = BoundRows(self._session).counted("scoring")
        return entered is None or entered > int(self._connection.scalar(_HOW_MANY_TOLD) or 0)

    def seal_all(self) -> None:
        """Seal all notices there are as they are, and have it entered how many that is."""
        if self._session.rows.secret is None:
            return
        least, most = self._connection.execute(_SPAN).one()
        for first in range(least, most + 1, _MEMBERS_AT_A_TIME) if least is not None else ():
            last = min(first + _MEMBERS_AT_A_TIME - 1, most)
            self._seal(sql.SQL("BETWEEN {} AND {}").format(sql.Literal(first), sql.Literal(last)))
        for kind, count in self._connection.execute(text(_COUNTS.format("true"))).all():
            self._count(kind, count - (BoundRows(self._session).counted(kind) or 0))

    @contextmanager
    def sent(self, members: Collection[int]) -> Iterator[None]:
        """Seal what the block adds to the notices of members, or takes from them, as far as they were sound before.

        It is entered how many of each kind that were.
        """
        if self._session.rows.secret is None:
            yield
            return
        numbers = sorted(map(MemberNo, members))
        sound = sorted(set(numbers) - self._differing(numbers))
        before = self._counts(sound)
        yield
        now = self._counts(sound)
        for first in range(0, len(sound), _MEMBERS_AT_A_TIME):
            part = sound[first : first + _MEMBERS_AT_A_TIME]
            self._connection.execute(_FORGET, {"members": part})
            self._seal(sql.SQL("= ANY ({})").format(sql.Literal(part)))
        for kind in sorted({*before, *now}):
            self._count(kind, now.get(kind, 0) - before.get(kind, 0))

    def _counts(self, members: Collection[int]) -> dict[str, int]:
        """How many notices of each kind these members were sent."""
        counts = text(_COUNTS.format("member_no = ANY (:members)"))
        found = self._connection.execute(counts, {"members": list(members)})
        return {str(kind): int(count) for kind, count in found}

    def _count(self, kind: str, more: int) -> None:
        """Have it entered that so many notices of a kind were added, or went."""
        assert isinstance(self._session, WriteSession)
        added = self._session.added
        for earlier in [one for one in added if one.kind == NOTICES and one.batch[0] == kind]:
            added.remove(earlier)
            more += int(earlier.batch[1])
        if more:
            added.append(RowBatch(NOTICES, (kind, str(more))))

    def _seal(self, members: sql.Composable) -> None:
        found = copy_typed(self._connection, _OF.format(members=members), ("int4", "int8", "bytea"))
        rows = [(member, count, self._session.rows.seal(NOTICES, notices)) for member, count, notices in found]
        copy_rows(self._connection, "notice_seal", ("member_no", "number", "seal"), rows)
