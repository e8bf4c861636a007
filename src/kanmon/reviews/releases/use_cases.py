"""Reviews of releases and legal assessments over an open application, for the command line and the portals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kanmon.access.account import Account
from kanmon.application.application import Application
from kanmon.gate.releases import Viewpoint
from kanmon.reviews.legal.service import AssessmentSubject, Legal, LegalAssessment, LegalOpinion, in_force, versions_of
from kanmon.reviews.releases.model import Description, Release
from kanmon.reviews.releases.parties import PartyJudgement, judgements
from kanmon.reviews.releases.service import Review, opened
from kanmon.reviews.releases.store import PostgresReviewRecords, PostgresReviewStore


@dataclass(frozen=True)
class ReviewService:
    """What the reviewers' doors may ask of an application about releases and the law."""

    application: Application

    def releases(self) -> Sequence[Release]:
        """All releases that were opened here, the one opened last first."""
        with self.application.transactions.read() as work:
            return PostgresReviewRecords(work.session).releases()

    def release(self, release_id: str) -> Release:
        """One release; `NotFound` where none of that name was opened."""
        return opened(self.releases(), release_id)

    def judged(self, release: Release) -> Sequence[PartyJudgement]:
        """For which companies legal judged a release, and for which nobody has; nothing where no parent is named."""
        with self.application.transactions.read() as work:
            records = PostgresReviewRecords(work.session)
            return judgements(release, records.parents(), records.assessments())

    def parties(self) -> Sequence[str]:
        """Companies of the group for which legal may judge, beside the platform itself."""
        with self.application.transactions.read() as work:
            return PostgresReviewRecords(work.session).parties()

    def describe(self, by: Account, release_id: str, description: Description, *, anew: bool) -> Release:
        """Open a release, or describe it anew; `ReleaseRefused` names all that is lacking."""
        with self.application.transactions.begin() as work:
            return Review(PostgresReviewStore(work.session), work.ledger, self.application.clock).describe(
                by, release_id, description, anew=anew
            )

    def answer(
        self, by: Account, release_id: str, viewpoint: Viewpoint, answers: Mapping[str, str], *, passes: bool
    ) -> Release:
        """Answer a viewpoint; `ReleaseRefused` names all that is lacking."""
        with self.application.transactions.begin() as work:
            review = Review(PostgresReviewStore(work.session), work.ledger, self.application.clock)
            return review.answer(by, release_id, viewpoint, answers, passes=passes)

    def approve(self, by: Account, release_id: str, answers: Mapping[str, str], *, passes: bool) -> Release:
        """The privacy owner's decision; `ReleaseRefused` names all that is lacking."""
        with self.application.transactions.begin() as work:
            return Review(PostgresReviewStore(work.session), work.ledger, self.application.clock).approve(
                by, release_id, answers, passes=passes
            )

    def assess(self, by: Account, said: LegalOpinion, supersedes: int | None = None) -> LegalAssessment:
        """Record what legal considered, or the next version of it."""
        with self.application.transactions.begin() as work:
            return Legal(PostgresReviewStore(work.session), work.ledger, self.application.clock).assess(
                by, said, supersedes
            )

    def assessments(self, words: str = "", judged: Sequence[AssessmentSubject] = ()) -> Sequence[LegalAssessment]:
        """What is in force of it, by words and by what it judges; the newest first."""
        with self.application.transactions.read() as work:
            return in_force(PostgresReviewRecords(work.session).assessments(), words, judged)

    def assessment(self, number: int) -> Sequence[LegalAssessment]:
        """All versions of one, the newest first; `NotFound` where there is none."""
        with self.application.transactions.read() as work:
            return versions_of(PostgresReviewRecords(work.session).assessments(), number)
