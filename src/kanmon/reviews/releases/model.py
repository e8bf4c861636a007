"""The review of a release, from the idea to its release: one flow for all, research and development included (S18).

Idea, design, built, released: how far a release has come follows from what was said of it, so no stage can be
skipped. The idea is done once it makes sense as a business; the design once it does for students, under the law and in
the client's hands; what was built once it is secure and the privacy owner approves (APPI-01, AIA-09, GDPR-35; S12).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from kanmon.core.language import N_
from kanmon.gate.releases import ReviewedAct, Viewpoint, newest_said
from kanmon.ledger.canonical import canonical
from kanmon.reviews.releases.shapes import DescriptionFacts


class Stage(StrEnum):
    """How far a release has come."""

    IDEA = "idea"
    DESIGN = "design"
    BUILT = "built"
    RELEASED = "released"


class ReleaseSubject(StrEnum):
    """What of the service a release may change."""

    SERVICE = "service"
    FEATURES = "features"
    MODEL = "model"
    CONTRACT = "contract"
    SCREENS = "screens"


STAGE_OF: Mapping[Viewpoint, Stage] = {
    Viewpoint.BUSINESS: Stage.IDEA,
    Viewpoint.STUDENT: Stage.DESIGN,
    Viewpoint.LEGAL: Stage.DESIGN,
    Viewpoint.USE: Stage.DESIGN,
    Viewpoint.SECURITY: Stage.BUILT,
}
"""At which stage each viewpoint is asked."""

QUESTIONS: Mapping[Viewpoint, Mapping[str, str]] = {
    Viewpoint.BUSINESS: {
        "need": N_("What need does it meet, and whose?"),
        "without": N_("Could the need be met without this data, or with less of it?"),
        "worth": N_("Is it worth doing if every student knew of it?"),
    },
    Viewpoint.STUDENT: {
        "understand": N_("Would a student understand what is done with their data, before agreeing?"),
        "harm": N_("What is the worst that can happen to a student, and who would notice?"),
        "refuse": N_("Can a student refuse or leave at any time, without losing anything else?"),
    },
    Viewpoint.LEGAL: {
        "basis": N_("On which legal basis, and which consent, does each use of data rest?"),
        "duties": N_("Which duties come with it, and who fulfils each?"),
        "doubts": N_("Which legal questions stay open, and what was decided on them?"),
    },
    Viewpoint.USE: {
        "intended": N_("What may a client do with it, and what not?"),
        "selection": N_("How would use in selection be noticed, and what is done then?"),
        "overseer": N_("Who at the client oversees its use, and what were they taught?"),
    },
    Viewpoint.SECURITY: {
        "access": N_("Who can reach the data, and how is each access seen afterwards?"),
        "failure": N_("What happens when it fails, or is attacked?"),
        "stop": N_("How is it stopped at once, and how is what it made erased?"),
    },
}
"""What each viewpoint must answer in words; ids of messages."""


@dataclass(frozen=True)
class Description:
    """What the author says a release is; whatever of it changes, the review begins anew."""

    summary: str
    changes: Mapping[ReleaseSubject, str]
    """What changes, in words, for each part of the service that does."""
    is_research: bool
    misuse: str
    """The foreseeable misuse, use in selection above all."""
    metric: str
    """By what the misuse would show."""
    threshold: str
    """From which value of the metric on the service is stopped; fixed in advance, in digits."""
    dpia: str
    """Which data protection impact assessment covers the change, with its version."""

    @property
    def content_sha256(self) -> str:
        """What reviewers look at, in one hash."""
        return sha256(canonical(self.facts())).hexdigest()

    def facts(self) -> DescriptionFacts:
        """All of it as plain values."""
        return {
            "summary": self.summary,
            "changes": {part.value: words for part, words in self.changes.items()},
            "is_research": self.is_research,
            "misuse": self.misuse,
            "metric": self.metric,
            "threshold": self.threshold,
            "dpia": self.dpia,
        }


@dataclass(frozen=True)
class ReviewEntry:
    """One act of a review as it was recorded; instants in UTC."""

    act: ReviewedAct
    words: Mapping[str, str]
    """Answers by question; empty for a description."""
    real_at: datetime
    ledger_seq: int
    description: Description | None = None
    """Of a description."""


@dataclass(frozen=True)
class Release:
    """A release under review, with all that was said of it, oldest first; never nothing."""

    release_id: str
    said: tuple[ReviewEntry, ...]

    @property
    def description(self) -> Description:
        """As it was described last."""
        return [one.description for one in self.said if one.description is not None][-1]

    @property
    def standing(self) -> Mapping[Viewpoint | None, ReviewedAct]:
        """The last word of each viewpoint, and under None the privacy owner's, on the release as it now is."""
        return newest_said([one.act for one in self.said], self.description.content_sha256)

    def passes(self, viewpoint: Viewpoint | None) -> bool:
        """Whether a viewpoint, or under None the privacy owner, says yes to the release as it now is."""
        act = self.standing.get(viewpoint)
        return act is not None and act.passes

    @property
    def student_view(self) -> ReviewEntry | None:
        """What a student advocate said last of the release as it now is; None while nobody did."""
        act = self.standing.get(Viewpoint.STUDENT)
        return next((one for one in reversed(self.said) if act is not None and one.act == act), None)

    @property
    def is_decided(self) -> bool:
        """Whether the privacy owner has decided, yes or no, on the release as it now is."""
        return None in self.standing

    @property
    def stage(self) -> Stage:
        """How far it has come: to the first stage of which a viewpoint is missing."""
        for viewpoint, stage in STAGE_OF.items():
            if not self.passes(viewpoint):
                return stage
        return Stage.RELEASED if self.passes(None) else Stage.BUILT

    @property
    def missing(self) -> tuple[Viewpoint, ...]:
        """The viewpoints that do not say yes to the release as it now is."""
        return tuple(viewpoint for viewpoint in Viewpoint if not self.passes(viewpoint))
