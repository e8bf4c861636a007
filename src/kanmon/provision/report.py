"""What a client is given: one row for each applicant it handed over, in its own order, and a first page."""

from dataclasses import dataclass
from datetime import datetime

from kanmon.core.ids import ApplicantId, ClientId, ModelId, ProvisionId, RunId


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One applicant's line; `score` is in ten-thousandths, None where the contract's word for no score stands.

    No consent, no match and not computable all look alike here: a client never learns who refused (DM-01).
    """

    applicant_id: ApplicantId
    score: int | None
    category: str | None


@dataclass(frozen=True)
class Report:
    """A whole report as it will leave, still without a format."""

    client_id: ClientId
    client_name: str
    provider_name: str
    provision_id: ProvisionId
    run_id: RunId
    provided_at: datetime
    real_at: datetime | None
    """The machine's own moment where this is a replay, else None."""
    model_id: ModelId | None
    law_profile_id: str
    purpose: str
    prohibited_uses: tuple[str, ...]
    score_column: str
    no_score: str
    category_symbols: tuple[tuple[str, float], ...]
    """Symbols with their cut-offs, highest first; empty where the contract has none."""
    rows: tuple[ReportRow, ...]
    decision_lock: bool = False
    """Whether every score waits for the client's decision; as in the contract then."""
    withheld_share: float | None = None
    """The share of applicants whose scores wait for it, for the use audit; None without one."""
