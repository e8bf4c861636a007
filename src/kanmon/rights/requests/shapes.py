"""What the commands by which a person asks for something print with `--json`."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict


class DecisionResult(TypedDict):
    """What became of a request."""

    decided_at: str
    decided_by: str
    outcome: str
    reason: str
    done: Mapping[str, object]
    """What was put in force; its keys depend on the request."""
    delivered_sha256: str | None
    """Of the document that was delivered."""
    ledger_seq: int | None


class RequestResult(TypedDict):
    """A person's request with its deadline."""

    request_no: int
    member_id: str | None
    """Null where nobody here is meant."""
    type: str
    method: str
    """How it came."""
    client_id: str | None
    received_at: str
    due_at: str
    state: str
    content: Mapping[str, object]
    """What was asked; its keys depend on the type."""
    ledger_seq: int
    decision: DecisionResult | None


class RequestListResult(TypedDict):
    """Every request, those that wait first."""

    requests: Sequence[RequestResult]


class ObjectionResult(RequestResult):
    """A stop of a member, or that it was lifted."""

    provided_before: Sequence[Mapping[str, object]]
    """The records of what had gone before, each with its `ledger_seq`."""


class BrowserDay(TypedDict):
    """A day of a browser: how many actions of each kind."""

    day: str
    actions: Mapping[str, int]


class TiedBrowser(TypedDict):
    """A browser that is taken for the member's."""

    cookie_id: str | None
    """Null for actions that bear the member's own ID."""
    is_shared: bool
    days: Sequence[BrowserDay]


class BrowsersResult(TypedDict):
    """The browsers and days that are taken for a member's."""

    browsers: Sequence[TiedBrowser]


CorrectionResult = RequestResult | BrowsersResult
"""The request; without an option, what could be corrected."""
