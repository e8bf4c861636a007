"""Links that wait for a person's look."""

from collections.abc import Sequence

from kanmon.application.application import Application
from kanmon.core.ids import ApplicantId, ClientId, MemberId
from kanmon.linkage.review import ExaminedApplicant, LinkReviewDecision
from kanmon.pipeline.linking import links_to_review, review_links
from kanmon.pipeline.use_cases.transactions import season_transactions


def waiting_links(application: Application, clients: Sequence[ClientId]) -> Sequence[ExaminedApplicant]:
    """The applicants of these clients (all, where none is named) that wait for a person's look."""
    return links_to_review(season_transactions(application.transactions), clients)


def decide_links(
    application: Application,
    clients: Sequence[ClientId],
    accepted: Sequence[tuple[ApplicantId, MemberId]],
    rejected: Sequence[ApplicantId],
    person: str,
) -> Sequence[LinkReviewDecision]:
    """Put a person's decisions about applicants in force: all of them or, where one can't be, none."""
    return review_links(
        season_transactions(application.transactions), application.clock, clients, accepted, rejected, person
    )
