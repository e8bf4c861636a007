"""Which rows are bound to the ledger, and how: what names a row and a batch of them, and the bytes that are sealed."""
# ruff: noqa: S608 - the SQL is put together from this module's constants and the columns of tables

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Table

from kanmon.core.ids import ClientId, SeasonId
from kanmon.db.tables.rights import stale_score
from kanmon.db.tables.terms import client, policy_version, screen, season, service
from kanmon.db.tables.work import (
    applicant,
    client_paper,
    model_approval,
    prediction_model,
    provision,
    provision_record,
    recipient_consent,
    score,
)

NOTICES = "notices"
"""Of these an entry tells how many of a kind came, or went; what they say is sealed: see `notice_seals`."""
Batch = tuple[str, tuple[str, ...]]
"""A kind of rows, and what names those that were entered together."""


@dataclass(frozen=True)
class BoundTable:
    """How rows of a table are named and bound.

    `key` is an expression that names a row, `batch` the columns that name the rows that are entered together.
    """

    table: Table
    key: str
    batch: tuple[str, ...] = ()
    left_out: frozenset[str] = frozenset()
    """Columns that change by rule after the row was written; the database's guards say how."""
    is_standing: bool = False
    """Whether rows of a batch change one by one; else a batch is written once."""

    @property
    def columns(self) -> list[str]:
        """The columns that a digest covers."""
        return sorted(column.name for column in self.table.c if column.name not in self.left_out)

    @property
    def content(self) -> str:
        """The bytes of a row; of a model's artefact its hash, for that can be long."""
        covered = (f"sha256(t.{name})" if name == "artefact" else f"t.{name}" for name in self.columns)
        return f"record_send(ROW({', '.join(covered)}))"

    def line(self) -> str:
        """What a query for the key and the bytes of the rows of a batch reads, and from where."""
        return f"{self.key}, {self.content} FROM {self._of_batch}"

    def rows(self) -> str:
        """A query for the key and the bytes of the rows of a batch."""
        return f"SELECT {self.line()}"

    def sha256(self) -> str:
        """A query for one hash over all rows of a batch, as `_seal_of` makes it."""
        line, by = f"convert_to({self.key}, 'UTF8') || {self.content}", f'({self.key}) COLLATE "C"'
        return f"SELECT sha256(coalesce(string_agg({line}, '' ORDER BY {by}), '')) FROM {self._of_batch}"

    @property
    def _of_batch(self) -> str:
        where = " AND ".join(f"t.{column} = :{column}" for column in self.batch) or "true"
        return f"{self.table.name} t WHERE {where}"


_DECISIONS = "sha256(string_agg(record_send(l), '' ORDER BY link_no)) AS decisions"
_IS_TIE = "num_nonnulls(t.linked_member_no, links.decisions) > 0"


class TieTable(BoundTable):
    """The ties that link decisions made: the member of a row, with all decisions about it."""

    @property
    def content(self) -> str:
        """The bytes of a tie."""
        return "record_send(ROW(t.applicant_no, t.linked_member_no, links.decisions))"

    @property
    def _of_batch(self) -> str:
        return f"""{self.table.name} t LEFT JOIN (
            SELECT applicant_no, {_DECISIONS} FROM link l WHERE client_id = :client_id GROUP BY applicant_no
        ) links USING (applicant_no)
        WHERE t.client_id = :client_id AND t.season_id = :season_id
            AND {_IS_TIE}"""


_OF_PERSON = "t.applicant_no || '/' || t.{}"
_PERSON = "t.applicant_no || '/'"
_OF_SEASON = ("client_id", "season_id")
_MODEL = ("client_id", "model_id")
BOUND: Mapping[str, BoundTable] = {
    "score": BoundTable(score, _OF_PERSON.format("score_no"), ("client_id", "run_id")),
    "provision": BoundTable(provision, "t.provision_id", ("client_id", "provision_id"), frozenset({"handed_over_at"})),
    "provision_record": BoundTable(provision_record, _OF_PERSON.format("record_no"), ("client_id", "provision_id")),
    "prediction_model": BoundTable(prediction_model, "t.model_id", _MODEL, frozenset({"artefact"})),
    "model_artefact": BoundTable(
        prediction_model, "t.model_id", _MODEL, frozenset(c.name for c in prediction_model.c) - {"model_id", "artefact"}
    ),
    "model_approval": BoundTable(model_approval, "t.approval_no::text", _MODEL, is_standing=True),
    "client_paper": BoundTable(client_paper, "t.paper_no::text", ("client_id",), is_standing=True),
    "applicant": BoundTable(
        applicant,
        _PERSON,
        _OF_SEASON,
        frozenset({"linked_member_no", "member_no", "stage", "bound_stage"}),
        is_standing=True,
    ),
    "tie": TieTable(applicant, _PERSON, _OF_SEASON, is_standing=True),
    "recipient_consent": BoundTable(recipient_consent, _PERSON, ("client_id",), is_standing=True),
    "stale_score": BoundTable(stale_score, "t.score_no::text", ("client_id",), is_standing=True),
}
"""Rows that are entered batch by batch. The key of a person's row is the applicant's number, a slash, the row's."""
TERMS: Mapping[str, BoundTable] = {
    "service": BoundTable(service, "t.id::text"),
    "season": BoundTable(season, "t.season_id"),
    "client": BoundTable(client, "t.client_id"),
    "policy_version": BoundTable(
        policy_version, "jsonb_build_array(t.policy_id, t.version_id, t.language, t.reading)::text"
    ),
    "screen": BoundTable(screen, "t.screen_id"),
}
"""What is in force: an entry holds all rows, and the newest one counts."""


ROWS_OF_ONE = f"""
    SELECT (SELECT {BOUND["applicant"].content} FROM applicant t WHERE t.applicant_no = f.applicant_no) AS row_bytes,
        (
            SELECT {BOUND["tie"].content} FROM applicant t LEFT JOIN LATERAL (
                SELECT {_DECISIONS} FROM link l WHERE (l.client_id, l.applicant_no) = (t.client_id, t.applicant_no)
            ) links ON true
            WHERE t.applicant_no = f.applicant_no AND {_IS_TIE}
        ) AS tie_bytes,
        (
            SELECT {BOUND["recipient_consent"].content} FROM recipient_consent t WHERE t.applicant_no = f.applicant_no
        ) AS confirmation_bytes
"""
"""The bytes of what `rows_judged` names, of the applicant of a row `f`, in that order."""


def rows_judged(client: ClientId, season: SeasonId) -> list[Batch]:
    """What the gate relies on beside evidence of consent, of the applicants of a client's season."""
    return [("applicant", (client, season)), ("tie", (client, season)), ("recipient_consent", (client,))]
