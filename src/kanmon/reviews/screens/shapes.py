"""What `kanmon audit coverage` prints with `--json`."""

from collections.abc import Sequence

from typing_extensions import TypedDict


class TextChange(TypedDict):
    """Words in force beside those that were shown."""

    clauses: Sequence[str]
    in_force: str
    shown: str


class HiddenPiece(TypedDict):
    """Words that were there but not to be seen."""

    text: str
    clause: str | None
    hiding: str | None
    """By what they were hidden."""


class VisitorArm(TypedDict):
    """The arm of a trial that a visitor was given."""

    place: str
    name: str
    value: str


class VisitorFacts(TypedDict):
    """As whom a screen was opened."""

    language: str
    device: str
    standing: str
    runs_script: bool
    arm: VisitorArm | None
    is_fresh: bool


class VisitorResult(VisitorFacts):
    """What such a visitor saw."""

    outcome: str
    text_sha256: str | None


class ScreenResult(TypedDict):
    """What was seen of a screen in one language."""

    screen_id: str
    language: str
    address: str | None
    outcome: str
    looks: int
    wrong_looks: int
    version: str | None
    """The version whose words were shown, where they are of one."""
    problem: str | None
    changes: Sequence[TextChange]
    hidden: Sequence[HiddenPiece]
    pictures: Sequence[str]
    visitors: Sequence[VisitorResult]


class UnregisteredResult(TypedDict):
    """A page that collects consent and is not registered."""

    address: str
    linked_from: str
    policies: Sequence[str]
    has_consent_form: bool
    visitor: VisitorFacts | None


class ElsewhereResult(TypedDict):
    """An address outside the board that was not opened."""

    refusal: str
    address: str
    page: str
    addresses: int


class FunctionResult(TypedDict):
    """Whether a function can be used while refusing."""

    screen_id: str
    verdict: str


class DetrimentResult(TypedDict):
    """What a refusal costs."""

    screen_id: str
    detriments: Sequence[str]


class CoverageRound(TypedDict):
    """A round over the board's screens."""

    run_id: str
    seen_at: str
    share: float | None
    """Of the screens, those that show just the words in force."""
    screens: int
    covered: int
    findings: Sequence[ScreenResult]
    unregistered: Sequence[UnregisteredResult]
    elsewhere: Sequence[ElsewhereResult]
    functions: Sequence[FunctionResult]
    detriments: Sequence[DetrimentResult]
    looks: int
    seconds: float
    pages: int
    is_whole: bool
    """Whether the round came to its end."""


class CoverageResult(CoverageRound):
    """The round, and where its pictures are."""

    pictures: str
