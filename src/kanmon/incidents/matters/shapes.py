"""What the commands of `kanmon matter` print with `--json`."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict


class MatterStepResult(TypedDict):
    """What was recorded of a matter."""

    step: int
    kind: str
    at: str
    by: str
    reason: str
    body: Mapping[str, object]
    """Its keys depend on the kind."""
    ledger_seq: int


class MatterResult(TypedDict):
    """A matter of an authority with everything recorded of it."""

    matter_id: str
    kind: str
    authority: str
    title: str
    reference: str
    """The authority's own sign for it; may be empty."""
    received_on: str
    due_on: str | None
    answered_on: str | None
    state: str
    closed_at: str | None
    opened_by: str
    reason: str
    ledger_seq: int
    steps: Sequence[MatterStepResult]


class MatterListResult(TypedDict):
    """Every matter, the newest first."""

    matters: Sequence[MatterResult]
