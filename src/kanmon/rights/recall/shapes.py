"""What the commands of `kanmon recall` print with `--json`."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict


class RecallRequest(TypedDict):
    """A request to a recipient to erase what it got."""

    request_no: int
    client_id: str
    because: str
    incident_id: str | None
    rows: int
    """Rows of the client that are to be erased."""
    requested_at: str
    due_on: str
    state: str
    steps: Mapping[str, str]
    """When each step was taken."""
    certified_at: str | None
    certified_by: str | None
    sub_processors: str | None


class TakenStep(TypedDict):
    """A step that was taken now."""

    request_no: int
    client_id: str
    step: str


class RecallTickResult(TypedDict):
    """What was due and is done."""

    asked: Sequence[RecallRequest]
    taken: Sequence[TakenStep]
    suspended: Sequence[str]
    """Clients that were stopped, since they are overdue."""
    is_hidden: bool
    """Whether rows of those people are hidden from the clients' pages."""


class RecallIncidentResult(TypedDict):
    """The requests that were made for an incident."""

    asked: Sequence[RecallRequest]
    is_hidden: bool
    """Whether rows of those people are hidden from the clients' pages."""


class RecallShowResult(TypedDict):
    """Every request."""

    requests: Sequence[RecallRequest]
