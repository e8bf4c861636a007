"""Notices, as an audit reads them: each member's against their seal, and how many there are against the ledger."""

from collections.abc import Iterator

from sqlalchemy import text

from kanmon.audits.reconciliation.service import RowFinding, RowMismatch
from kanmon.db.unit_of_work import ReadSession, WriteSession

_COLUMNS = text(
    """
    SELECT string_agg(format('n.%I', attname), ', ' ORDER BY attname COLLATE "C") FROM pg_attribute
    WHERE attrelid = CAST('notice' AS regclass) AND attnum > 0 AND NOT attisdropped
    """
)
_SPAN = text(
    "SELECT min(member_no), max(member_no) FROM (SELECT member_no FROM notice UNION ALL"
    " SELECT member_no FROM notice_seal) known"
)
_OF_MEMBERS = """
    SELECT coalesce(m.member_id, CAST(member_no AS text)), p.notices, p.number, s.number, s.seal
    FROM (
        SELECT n.member_no, count(*) AS number, string_agg(record_send(ROW({columns})), ''
            ORDER BY n.occurred_at, n.kind COLLATE "C", n.client_id COLLATE "C") AS notices
        FROM notice n WHERE n.member_no BETWEEN :first AND :last GROUP BY n.member_no
    ) p FULL JOIN (SELECT * FROM notice_seal WHERE member_no BETWEEN :first AND :last) s USING (member_no)
    LEFT JOIN member m USING (member_no) ORDER BY member_no
"""
_COUNTS = text(
    """
    WITH entered AS (
        SELECT said -> 'batch' ->> 0 AS kind, sum(CAST(said -> 'rows' -> 0 ->> 0 AS bigint)) AS number FROM (
            SELECT CAST(s.payload AS jsonb) AS said FROM ledger_entry e JOIN ledger_secret s USING (seq)
            WHERE e.type = 'rows'
        ) entries WHERE said ->> 'kind' = 'notices' GROUP BY 1
    ), present AS (SELECT normalize(kind) AS kind, count(*) AS number FROM notice GROUP BY 1)
    SELECT kind, coalesce(p.number, 0), coalesce(e.number, 0) FROM entered e FULL JOIN present p USING (kind)
    WHERE coalesce(e.number, 0) <> coalesce(p.number, 0) ORDER BY kind
    """
)
_MEMBERS_AT_A_TIME = 50_000


def of_notices(session: ReadSession | WriteSession) -> Iterator[RowFinding]:
    """What is wrong with notices, by member and then by kind."""
    execute = session.connection.execute
    query = text(_OF_MEMBERS.format(columns=execute(_COLUMNS).scalar_one()))
    least, most = execute(_SPAN).one()
    for first in range(least, most + 1, _MEMBERS_AT_A_TIME) if least is not None else ():
        for member, notices, present, sealed, seal in execute(
            query, {"first": first, "last": first + _MEMBERS_AT_A_TIME - 1}
        ):
            if notices is None or seal is None or not session.rows.has_sealed("notices", bytes(notices), bytes(seal)):
                counts = (present or 0, sealed or 0)
                yield RowFinding(_fault(*counts), "notice", f"member {member}", ("{} / {}".format(*counts),))
    for kind, present, entered in execute(_COUNTS):
        yield RowFinding(_fault(present, entered), "notice", kind, (f"{present} / {entered}",))


def _fault(present: int, recorded: int) -> RowMismatch:
    if present == recorded:
        return RowMismatch.CHANGED
    return RowMismatch.MISSING if present < recorded else RowMismatch.NOT_ENTERED
