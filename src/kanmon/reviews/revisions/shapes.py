"""What the commands of `kanmon revision` print with `--json`."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict

from kanmon.reviews.policies.shapes import PolicyDiffResult


class RevisionStepResult(TypedDict):
    """One act of a revision."""

    act: str
    state: str | None
    """The state that the act led to; null where it led to none."""
    person: str
    role: str
    at: str
    ledger_seq: int | None
    details: Mapping[str, object]
    """Its keys depend on the act."""


class RevisionResult(TypedDict):
    """One revision with its steps."""

    revision: int
    policy_id: str
    version_id: str
    state: str | None
    screens: Sequence[str]
    """Screens that have to show the new words."""
    removed_screens: Mapping[str, str]
    """Screens that were taken out, and why."""
    steps: Sequence[RevisionStepResult]


class RevisionListResult(TypedDict):
    """Every revision, the newest first."""

    revisions: Sequence[RevisionResult]


class UnquotedResult(TypedDict):
    """An element whose words are not in the text."""

    clause: str
    element: str
    quote: str


class ScreenProgress(TypedDict):
    """A screen in one language, and what it shows."""

    screen_id: str
    language: str
    expected: str
    found: str | None
    is_verified: bool


class RollOutResult(TypedDict):
    """How far the screens show the new words."""

    screens: Sequence[ScreenProgress]
    lacks: Sequence[str]
    """Codes of what is missing before it can be put in force."""


class RevisionViewResult(RevisionResult):
    """Everything about one revision."""

    effective_from: str
    texts: Mapping[str, str]
    """Text hashes by language."""
    unquoted: Sequence[UnquotedResult]
    law: str
    obstacles: Sequence[str]
    differences: PolicyDiffResult
    roll_out: RollOutResult | None


class ReconsentResult(TypedDict):
    """How many people are on the list of those to be asked again."""

    asked: int


class HeldResult(TypedDict):
    """How many applicants of each client the gate holds for want of words."""

    clients: Mapping[str, int]
