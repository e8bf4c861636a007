"""What `kanmon report list` and `report show` print with `--json`."""

from collections.abc import Sequence

from typing_extensions import TypedDict


class ReceivedReport(TypedDict):
    """A report that a client received."""

    provision_id: str
    season: str
    provided_at: str
    acknowledged_at: str | None
    """When the client confirmed what it may not be used for."""
    stated_at: str | None
    """When the client stated how it used it."""


class ReportListResult(TypedDict):
    """All reports that one client received, the newest first."""

    client_id: str
    reports: Sequence[ReceivedReport]


class ReportLine(TypedDict):
    """An applicant's line; all null where there is no score, whatever the reason."""

    applicant_id: str
    score: float | None
    """A position from 0 to 1 among last year's applicants."""
    category: str | None


class ReportResult(TypedDict):
    """One report as the client may read it now."""

    provision_id: str
    run_id: str
    client_id: str
    provided_at: str
    model_id: str | None
    law: str
    """The law profile."""
    purpose: str
    files: Sequence[str]
    rows: Sequence[ReportLine]
    """In the client's own order."""
