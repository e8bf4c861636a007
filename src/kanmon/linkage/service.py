"""Which applicants are tied to a member. Rows that bring a member ID are linked already."""

from collections.abc import Sequence
from dataclasses import dataclass

from kanmon.clients.applicant import Applicant
from kanmon.ids import ClientId


@dataclass(frozen=True)
class LinkSummary:
    """How many of a client's applicants are tied to a member, and how many to nobody."""

    client_id: ClientId
    linked: int
    unlinked: int


def summarise(client: ClientId, applicants: Sequence[Applicant]) -> LinkSummary:
    """Count linked and unlinked rows; an unlinked row stays in the report as "no score"."""
    linked = sum(applicant.member_no is not None for applicant in applicants)
    return LinkSummary(client, linked, len(applicants) - linked)
