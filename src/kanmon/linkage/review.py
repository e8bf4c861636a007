"""Clerical review (目視確認): pairs that the linker did not dare to decide, and what a person decides about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.core.errors import ApplicantUnknown, CandidateUnknown, MemberTaken
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, MemberId, MemberNo, RunId, SeasonId
from kanmon.core.language import N_
from kanmon.linkage.link import LinkDecision

Personal = Mapping[str, str | None]
"""What a file said of a person, by the columns of `records.PERSONAL`."""


@dataclass(frozen=True)
class Candidate:
    """A member who may be the applicant; `match_weight` is in bits, None where only a person said so."""

    member_no: MemberNo
    member_id: MemberId
    match_weight: float | None
    personal: Personal


@dataclass(frozen=True)
class ExaminedApplicant:
    """An applicant about whom something was decided, with every member that was ever put beside it, best first."""

    client_id: ClientId
    season: SeasonId
    applicant_no: ApplicantNo
    applicant_id: ApplicantId
    decision: LinkDecision
    decided_by: str
    personal: Personal
    candidates: tuple[Candidate, ...]


class LinkReviewRecords(Protocol):
    """Where decisions about links are kept, one client at a time."""

    def waiting(self, client: ClientId) -> Sequence[ExaminedApplicant]:
        """The client's applicants whose newest decision is to review them, in the client's order."""

    def examined(self, client: ClientId, applicant: ApplicantId) -> Sequence[ExaminedApplicant]:
        """The rows of that name that the linker has looked at, one for each season."""

    def holder(self, client: ClientId, season: SeasonId, member: MemberNo) -> ApplicantId | None:
        """Whose row of the client's season the member is tied to."""

    def decide(
        self,
        of: ExaminedApplicant,
        decision: LinkDecision,
        chosen: Candidate | None,
        person: str,
        run_id: RunId,
        at: datetime,
    ) -> None:
        """Keep a person's decision and put it in force."""


@dataclass(frozen=True)
class LinkReviewDecision:
    """A person's decision about one applicant."""

    client_id: ClientId
    season: SeasonId
    applicant_id: ApplicantId
    decision: LinkDecision
    member_id: MemberId | None


def review(
    records: LinkReviewRecords,
    clients: Sequence[ClientId],
    applicant: ApplicantId,
    member: MemberId | None,
    *,
    person: str,
    run_id: RunId,
    at: datetime,
) -> LinkReviewDecision:
    """Tie an applicant to one of its candidates, or to nobody where `member` is None; the linker won't touch it again.

    `ApplicantUnknown` where no row of that name was looked at, or more than one; `CandidateUnknown` where the member
    was never put beside it; `MemberTaken` where another row of the client has that member.
    """
    row = _one(records, clients, applicant)
    if member is None:
        records.decide(row, LinkDecision.UNLINKED, None, person, run_id, at)
        return LinkReviewDecision(row.client_id, row.season, applicant, LinkDecision.UNLINKED, None)
    chosen = next((candidate for candidate in row.candidates if candidate.member_id == member), None)
    if chosen is None:
        raise CandidateUnknown(
            N_("member %(member)s was never found to be like applicant %(applicant)s; its candidates: %(known)s"),
            member=member,
            applicant=applicant,
            known=", ".join(candidate.member_id for candidate in row.candidates) or "–",
        )
    holder = records.holder(row.client_id, row.season, chosen.member_no)
    if holder is not None and holder != applicant:
        raise MemberTaken(
            N_("member %(member)s is tied to applicant %(holder)s of the same client; reject that first"),
            member=member,
            holder=holder,
        )
    records.decide(row, LinkDecision.LINKED, chosen, person, run_id, at)
    return LinkReviewDecision(row.client_id, row.season, applicant, LinkDecision.LINKED, member)


def _one(records: LinkReviewRecords, clients: Sequence[ClientId], applicant: ApplicantId) -> ExaminedApplicant:
    found = [row for client in clients for row in records.examined(client, applicant)]
    waiting = [row for row in found if row.decision is LinkDecision.REVIEW]
    rows = waiting if len(found) > 1 else found
    if len(rows) != 1:
        raise ApplicantUnknown(
            N_("applicant %(applicant)s was not compared with members; see `kanmon link review`")
            if not rows
            else N_("applicant %(applicant)s is there more than once; name its client with --client"),
            applicant=applicant,
        )
    return rows[0]
