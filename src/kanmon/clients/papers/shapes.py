"""What the commands of `kanmon client` print with `--json`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired

from typing_extensions import TypedDict


class PaperFileResult(TypedDict):
    """A file of a paper."""

    name: str
    sha256: str
    size: int
    """Bytes."""


class UseCheckResult(TypedDict):
    """What a check of the use asked, and what follows."""

    season: str
    questions: str
    """The version of the questions, as `kanmon client questions` has it."""
    answers: Mapping[str, str]
    finding: str
    conditions: str


class PaperResult(TypedDict):
    """A paper of a client, as it was recorded."""

    kind: str
    dated_at: str
    client_person: str
    """Who signed, or answered, for the client."""
    files: Sequence[PaperFileResult]
    check: UseCheckResult | None
    person: str
    role: str
    recorded_at: str
    ledger_seq: int


class DuePaper(TypedDict):
    """A check or paper that is due."""

    kind: str
    due_at: str | None


class StatedPaper(TypedDict):
    """What the contract states without a paper."""

    kind: str
    dated_at: str
    ledger_seq: NotRequired[int]
    loaded_at: NotRequired[str]


class ClientFileResult(TypedDict):
    """Everything on record of one client."""

    client_id: str
    season: str
    forbidden: bool
    """Whether a check found that it may not use scores."""
    due: Sequence[DuePaper]
    stated_by_contract: Sequence[StatedPaper]
    papers: Sequence[PaperResult]


class ClientListResult(TypedDict):
    """Every client."""

    clients: Sequence[ClientFileResult]


QuestionsResult = Mapping[str, Mapping[str, Mapping[str, str]]]
"""By version and kind of check, the questions by name."""
