"""What `kanmon law duties` and `law document` print with `--json`."""

from collections.abc import Sequence

from typing_extensions import TypedDict


class DutySource(TypedDict):
    """An object that meets a duty."""

    kind: str
    name: str


class DutyFacts(TypedDict):
    """A duty of a law abroad, and what meets it."""

    law: str
    duty: str
    citation: str
    state: str
    sources: Sequence[DutySource]
    lack: str | None


_From = TypedDict("_From", {"from": str})


class DutyStandingResult(DutyFacts, _From):
    """A duty; `from` is the day from which it holds."""


class ClientDuties(TypedDict):
    """The duties on one client."""

    client_id: str
    duties: Sequence[DutyStandingResult]


class DutiesResult(TypedDict):
    """The duties that hold on a day."""

    on: str
    clients: Sequence[ClientDuties]


class DocumentResult(TypedDict):
    """A document that was written."""

    kind: str
    client_id: str
    file: str
    sha256: str
    sources: int
    """Objects that its statements rest on."""
    unknown: int
    """Things that are not known."""
    ledger_seq: int
