"""What `kanmon gate`, `stop` and `resume` print with `--json`."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict

from kanmon.gate.told import ReportedAnswer


class GateResult(TypedDict):
    """The gate's answer for each applicant."""

    counts: Mapping[str, int]
    """Applicants that each reason code denies, in the order of the codes."""
    rows: Sequence[ReportedAnswer]
    """One for each applicant."""


class SwitchResult(TypedDict):
    """One act of the stop switch, as it stands in the ledger."""

    action: str
    client_id: str | None
    """Null where it is not about one client."""
    season: str | None
    at: str
    person: str
    because: str
    consents_doubted: bool
    """Whether everybody in it has to agree anew."""
    ledger_seq: int


class StoppedScopeResult(TypedDict):
    """What is still stopped; both null for the whole service."""

    client_id: str | None
    season: str | None


class ResumeResult(SwitchResult):
    """The act, and what is stopped all the same."""

    still_stopped: Sequence[StoppedScopeResult]
