"""Rows that change one by one, as an audit reads them: applicants, ties, confirmations, papers and approvals of models.

Each entry tells the rows that it changed; of each row the newest digest counts, and null says that it went.
"""

import unicodedata
from collections.abc import Iterator, Mapping

from sqlalchemy import text

from kanmon.db.unit_of_work import ReadSession, WriteSession

_COLUMNS = text(
    """
    SELECT string_agg(format('t.%I', attname), ', ' ORDER BY attname COLLATE "C") FROM pg_attribute
    WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 AND NOT attisdropped AND attname <> ALL (:changing)
    """
)
_ENTERED = text(
    """
    SELECT said ->> 'kind', said -> 'batch', said -> 'rows', CAST(said -> 'is_whole' AS boolean) FROM (
        SELECT e.seq, CAST(s.payload AS jsonb) AS said FROM ledger_entry e JOIN ledger_secret s USING (seq)
        WHERE e.type = 'rows'
    ) entered WHERE said ->> 'kind' = ANY (:kinds) ORDER BY seq
    """
)
_PRESENT = {
    "applicant": "SELECT client_id, season_id, applicant_no || '/', record_send(ROW({columns})) FROM applicant t",
    "recipient_consent": "SELECT client_id, applicant_no || '/', record_send(ROW({columns})) FROM recipient_consent t",
    "stale_score": "SELECT client_id, score_no::text, record_send(ROW({columns})) FROM stale_score t",
    "client_paper": "SELECT client_id, paper_no::text, record_send(ROW({columns})) FROM client_paper t",
    "model_approval": """
        SELECT client_id, model_id, approval_no::text, record_send(ROW({columns})) FROM model_approval t
    """,
    "tie": """
        SELECT client_id, season_id, applicant_no || '/', record_send(ROW(applicant_no, linked_member_no, decisions))
        FROM applicant LEFT JOIN (
            SELECT client_id, applicant_no, sha256(string_agg(record_send(link), '' ORDER BY link_no)) AS decisions
            FROM link GROUP BY client_id, applicant_no
        ) decided USING (client_id, applicant_no)
        WHERE linked_member_no IS NOT NULL OR decisions IS NOT NULL
    """,
}
"""By kind: what names a batch, the key of a row in it, and its bytes."""
_CHANGING = {"applicant": ["linked_member_no", "member_no", "stage", "bound_stage"]}
"""Columns that other rows tell of: ties, and moves from stage to stage."""
KINDS = frozenset(_PRESENT)
Digests = dict[str, str]
Batch = tuple[str, ...]


class StandingRows:
    """Rows of a standing kind, entered and present; for one client after the other."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session
        self._execute = session.connection.execute
        self._entered = self._folded()

    def _folded(self) -> Mapping[tuple[str, Batch], Digests]:
        entered: dict[tuple[str, Batch], Digests] = {}
        for kind, batch, rows, is_whole in self._execute(_ENTERED, {"kinds": sorted(KINDS)}):
            newest = entered.setdefault((kind, tuple(batch)), {})
            if is_whole:
                newest.clear()
            for key, digest in rows:
                newest[key] = digest
                if digest is None:
                    del newest[key]
        return entered

    def batches(self, client: str, gone: frozenset[int]) -> Iterator[tuple[str, Batch, Digests, Digests]]:
        """Kind and batch, the digests entered last and those that there are, by key; `gone` are people erased."""
        excused = frozenset(f"{number}/" for number in gone)
        for kind, question in _PRESENT.items():
            entered = {batch: rows for (of, batch), rows in self._entered.items() if of == kind and batch[0] == client}
            present: dict[Batch, Digests] = {}
            for *batch, key, content in self._execute(text(question.format(columns=self._columns(kind)))):
                digest = self._session.rows.seal(kind, bytes(content)).hex()[:32]
                present.setdefault(tuple(map(_nfc, batch)), {})[key] = digest
            for names in sorted({*entered, *present}):
                before, now = (
                    {key: digest for key, digest in rows.get(names, {}).items() if key not in excused}
                    for rows in (entered, present)
                )
                yield kind, names, before, now

    def _columns(self, kind: str) -> str:
        if "{columns}" not in _PRESENT[kind]:
            return ""
        named = {"name": kind, "changing": _CHANGING.get(kind, [])}
        return str(self._execute(_COLUMNS, named).scalar_one())


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)
