"""Seals over each member's acts of consent: an act put in, taken out or changed beside us is seen before it is used.

One seal covers all acts of a member, every column of each, and which act corrects which, as PostgreSQL sends rows in
binary (`record_send`): the same whatever the session's settings are. A seal is renewed only over acts that matched the
one before, so that a later act never covers a forged one.
"""
# ruff: noqa: S608 - the SQL is put together from this module's constants and the columns of a table

import struct
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import sha256

from psycopg import sql
from sqlalchemy import text

from kanmon.core.ids import MemberNo
from kanmon.db.bulk import binary_rows, copy_rows, copy_typed
from kanmon.db.tables.evidence import consent_act
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.ledger.store import answers, objections

KIND = "acts"
COLUMNS = tuple(sorted(column.name for column in consent_act.c))
_MEMBERS_AT_A_TIME = 50_000
_ACTS = ", ".join(f"a.{column}" for column in COLUMNS)
_ACTS_OF = f"""
    SELECT string_agg(record_send(ROW({_ACTS}, k.new_no)), '' ORDER BY a.consent_no)
    FROM consent_act a LEFT JOIN consent_correction k ON k.old_no = a.consent_no WHERE a.member_no = {{member}}
"""
# Person by person, so that PostgreSQL never reads all seals for a few people.
_SEALED = f"""
    SELECT f.member_no, ({_ACTS_OF.format(member="f.member_no")}),
        (SELECT seal FROM consent_seal WHERE member_no = f.member_no)
    FROM unnest(CAST(%(members)s AS int[])) f (member_no)
"""
_FIRST = sql.SQL(
    f"""
    SELECT a.member_no, string_agg(record_send(ROW({_ACTS}, k.new_no)), '' ORDER BY a.consent_no), ''::bytea,
           NULL::bytea, string_agg(int8send(a.consent_no), '' ORDER BY a.consent_no), NULL::bytea
    FROM consent_act a LEFT JOIN consent_correction k ON k.old_no = a.consent_no
    WHERE a.member_no {{members}} GROUP BY a.member_no ORDER BY a.member_no
    """
)
_LATER = sql.SQL(
    f"""
    SELECT a.member_no, string_agg(record_send(ROW({_ACTS}, k.new_no)), '' ORDER BY a.consent_no),
           coalesce(string_agg(record_send(ROW({_ACTS}, CASE WHEN {{is_newer}} THEN NULL ELSE k.new_no END)), ''
               ORDER BY a.consent_no) FILTER (WHERE NOT {{is_new}}), ''),
           coalesce(string_agg(record_send(ROW({_ACTS}, NULL::bigint)), '' ORDER BY a.consent_no)
               FILTER (WHERE {{is_new}}), ''),
           string_agg(int8send(a.consent_no), '' ORDER BY a.consent_no), s.seal
    FROM consent_act a LEFT JOIN consent_correction k ON k.old_no = a.consent_no
    LEFT JOIN consent_act n ON n.consent_no = k.new_no LEFT JOIN consent_seal s ON s.member_no = a.member_no
    WHERE a.member_no {{members}} GROUP BY a.member_no, s.seal ORDER BY a.member_no
    """
)
_PUT = text(
    """
    INSERT INTO consent_seal (member_no, numbers, seal) SELECT member_no, numbers, seal FROM sealing
    ON CONFLICT (member_no) DO UPDATE SET numbers = excluded.numbers, seal = excluded.seal
    """
)
_COLUMNS = ("member_no", "numbers", "seal")
_SPAN = text("SELECT min(member_no), max(member_no) FROM consent_act")
_STAGE = text(
    "CREATE TEMP TABLE IF NOT EXISTS sealing (member_no int, numbers bigint[], seal bytea) ON COMMIT DELETE ROWS"
)
_EMPTY = text("TRUNCATE sealing")
_FORGET = text("DELETE FROM consent_seal WHERE member_no = :member")
# Word for word what the index that finds them has for condition and expression: `db/migrations/baseline/03_ledger.sql`.
_LOST_OF = """
    SELECT FROM ledger_secret w JOIN ledger_entry e ON e.seq = w.seq AND e.type = 'withdrawal'
    WHERE starts_with(w.payload, '{"action":"withdraw"')
      AND CAST(w.payload AS jsonb) ->> 'member_id' = (
          SELECT normalize(m.member_id) FROM member m WHERE m.member_no = f.member_no
      ) AND NOT EXISTS (
          SELECT FROM consent_act a WHERE a.entry_seq = w.seq AND a.member_no = f.member_no AND a.action = 'withdraw'
            AND normalize(a.client_id) IS NOT DISTINCT FROM CAST(w.payload AS jsonb) ->> 'client_id'
      )
"""
_IS_LOST = f"(EXISTS ({_LOST_OF}) OR {objections.IS_TAMPERED} OR {answers.IS_TAMPERED})"
_LOST = text(f"SELECT member_no FROM unnest(CAST(:members AS int[])) f (member_no) WHERE {_IS_LOST}")
"""Members with an acknowledged withdrawal, objection or answer whose row is gone or another one."""
SEALED_OF_ONE = f"""
    SELECT ({_ACTS_OF.format(member="f.member_no")}) AS acts,
           (SELECT seal FROM consent_seal WHERE member_no = f.member_no) AS seal, {_IS_LOST} AS is_lost
"""
"""The acts of the member of a row `f`, the seal over them, and whether a no or an answer is not as it was recorded."""


@dataclass(frozen=True)
class NewActs:
    """Acts that were just added, by what their rows have in common."""

    column: str
    """`load_id` or `consent_no`."""
    value: int

    def of(self, row: str) -> sql.Composed:
        """That a row of acts, by its name in a query, is one of them; never unknown."""
        return sql.SQL("({} IS NOT DISTINCT FROM {})").format(sql.Identifier(row, self.column), sql.Literal(self.value))


@dataclass(frozen=True)
class WaitingActs:
    """Refusals and withdrawals that were taken while the key was missing: no checkpoint reaches their entries."""

    signed: int
    """How many entries were signed last."""

    def of(self, row: str) -> sql.Composed:
        """That a row of acts, by its name in a query, is one of them; never unknown."""
        return sql.SQL("coalesce({row}.entry_seq >= {signed} AND {row}.action <> 'accept', false)").format(
            row=sql.Identifier(row), signed=sql.Literal(self.signed)
        )


class ActSeals:
    """Makes and checks the seals within one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session
        self._connection = session.connection

    def unproved(self, members: Collection[MemberNo]) -> frozenset[MemberNo]:
        """Those whose acts or answers are not as they were recorded, or whose withdrawal or objection is gone."""
        if not members:
            return frozenset()
        sealed = set()
        for member, acts, seal in binary_rows(self._connection, _SEALED, {"members": sorted(members)}):
            if acts is not None and self._session.rows.has_sealed(KIND, acts, seal):
                sealed.add(MemberNo(member))
        lost = self._connection.scalars(_LOST, {"members": list(members)})
        return frozenset(members) - sealed | frozenset(map(MemberNo, lost))

    def seal_all(self) -> str | None:
        """Seal all acts there are, just loaded into an empty table; SHA-256 over the seals in the members' order.

        None where the key is not at hand.
        """
        if self._session.rows.secret is None:
            return None
        digest = sha256()
        least, most = self._connection.execute(_SPAN).one()
        for first in range(least, most + 1, _MEMBERS_AT_A_TIME) if least is not None else ():
            last = min(first + _MEMBERS_AT_A_TIME - 1, most)
            part = sql.SQL("BETWEEN {} AND {}").format(sql.Literal(first), sql.Literal(last))
            rows = self._sealed(_FIRST.format(members=part), digest.update)
            copy_rows(self._connection, "consent_seal", _COLUMNS, rows)
        return digest.hexdigest()

    def extend(self, new: NewActs | WaitingActs, members: Collection[int]) -> str | None:
        """Seal the acts of members to whom new ones may have been added.

        Where the older acts don't match the seal before, that stays as it is: it goes on to tell; so it does where the
        key is not at hand, for a person may withdraw all the same. Returns SHA-256 over
        the seals of each member's new acts, in the members' order.
        """
        if self._session.rows.secret is None:
            return None
        self._connection.execute(_STAGE)
        digest, waiting = sha256(), sorted(members)
        for first in range(0, len(waiting), _MEMBERS_AT_A_TIME):
            part = sql.Literal(waiting[first : first + _MEMBERS_AT_A_TIME])
            query = _LATER.format(is_new=new.of("a"), is_newer=new.of("n"), members=sql.SQL("= ANY ({})").format(part))
            copy_rows(self._connection, "sealing", _COLUMNS, self._sealed(query, digest.update))
            self._connection.execute(_PUT)
            self._connection.execute(_EMPTY)
        return digest.hexdigest()

    def renew(self, member: int) -> None:
        """Seal anew what an erasure has left of a member's acts, which matched their seal before it."""
        self._connection.execute(_FORGET, {"member": member})
        query = _FIRST.format(members=sql.SQL("= {}").format(sql.Literal(member)))
        copy_rows(self._connection, "consent_seal", _COLUMNS, self._sealed(query, sha256().update))

    def _sealed(self, query: sql.Composed, note: Callable[[bytes], None]) -> list[tuple[int, list[int], bytes]]:
        """Members, the numbers of their acts and the seals over them; `note` takes the seals of the new ones.

        Left out are members without new acts, and those whose older acts don't match their seal.
        """
        types = ("int4", "bytea", "bytea", "bytea", "bytea", "bytea")
        rows = []
        for member, acts, older, new, numbers, seal in copy_typed(self._connection, query, types):
            sealed = self._session.rows.seal(KIND, acts)
            if new != b"":
                note(sealed if new is None else self._session.rows.seal(KIND, new))
                if self._session.rows.has_sealed(KIND, older, seal) if seal or older else True:
                    rows.append((member, list(struct.unpack(f">{len(numbers) // 8}q", numbers)), sealed))
        return rows
