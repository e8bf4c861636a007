"""What the commands of `kanmon release` print with `--json`."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict


class DescriptionFacts(TypedDict):
    """A release as its author describes it."""

    summary: str
    changes: Mapping[str, str]
    """What changes, by subject."""
    is_research: bool
    misuse: str
    """The foreseeable misuse."""
    metric: str
    """By what the misuse would show."""
    threshold: str
    """From which value of the metric on the service is stopped."""
    dpia: str
    """Which data protection impact assessment covers it."""


class ReviewStepResult(TypedDict):
    """One act of a review."""

    act: str
    viewpoint: str | None
    role: str
    person: str
    at: str
    passes: bool | None
    content_sha256: str
    words: Mapping[str, str]
    """Answers by question."""
    ledger_seq: int


class ReleaseResult(DescriptionFacts):
    """A release under review."""

    release_id: str
    stage: str
    content_sha256: str
    """What reviewers look at, in one hash."""
    missing: Sequence[str]
    """Viewpoints that have not passed it."""
    is_approved: bool
    steps: Sequence[ReviewStepResult]


class ReleaseListResult(TypedDict):
    """Every release, the newest first."""

    releases: Sequence[ReleaseResult]


class PartyJudgementResult(TypedDict):
    """For which company legal judged it; null while nobody has."""

    party: str
    assessment: int | None
    person: str | None
    ledger_seq: int | None


class ShownRelease(ReleaseResult):
    """A release, and for which companies legal judged it."""

    judged_for: Sequence[PartyJudgementResult]
