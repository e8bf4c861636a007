"""What the commands of `kanmon legal` print with `--json`."""

from collections.abc import Sequence

from typing_extensions import TypedDict


class AssessmentResult(TypedDict):
    """One version of a legal assessment."""

    assessment: int
    version: int
    kind: str
    """What kind of thing it judges."""
    judged: str
    question: str
    analysis: str
    conclusion: str
    sources: str
    party: str
    """For which company of the group; empty for the platform itself."""
    person: str
    at: str
    ledger_seq: int


class AssessmentListResult(TypedDict):
    """The assessments in force, the newest first."""

    assessments: Sequence[AssessmentResult]


class AssessmentVersions(TypedDict):
    """All versions of one assessment, the newest first."""

    versions: Sequence[AssessmentResult]
