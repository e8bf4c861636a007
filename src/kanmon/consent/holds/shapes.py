"""What `kanmon hold list` and `hold lift` print with `--json`."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict


class HoldResult(TypedDict):
    """A hold, or an alert: a row that may be a person's no, and could not be read."""

    hold: int
    member_id: str | None
    applicant_id: str | None
    client_id: str | None
    is_alert: bool
    """Whether nobody is held by it, since whose row it is could not be read."""
    file: str
    line: int | None
    row: Mapping[str, object] | str | None
    """The row as it was written."""
    column: str | None
    reason: str
    held_at: str
    ledger_seq: int | None
    ended_at: str | None
    ended_by: str | None
    because: str | None
    evidence_id: int | None
    end_seq: int | None
    """The ledger's entry by which it ended."""


class HoldListResult(TypedDict):
    """Who is on hold."""

    holds: Sequence[HoldResult]


class LiftResult(TypedDict):
    """Which holds were lifted."""

    lifted: Sequence[HoldResult]
