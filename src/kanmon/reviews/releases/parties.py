"""For which company legal judged a release: the platform itself and, where one is named, each parent company.

Measure 4 of the release of 26 August 2019 joins the legal functions of the company and its group; F14 of its findings
holds the parent accountable that commissions a service. An assessment counts for the release as it now is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kanmon.access.account import same_person
from kanmon.reviews.legal.service import AssessmentKind, AssessmentSubject, LegalAssessment, in_force
from kanmon.reviews.releases.model import Release

OWN = ""
"""The party that is the platform itself."""


@dataclass(frozen=True)
class PartyJudgement:
    """What the legal of one company said of a release."""

    party: str
    """The company's registered name; empty for the platform itself."""
    assessment: LegalAssessment | None
    """The newest that was recorded since the release was described as it is; None while there is none."""


def judgements(
    release: Release, parents: Sequence[str], assessments: Sequence[LegalAssessment]
) -> tuple[PartyJudgement, ...]:
    """What each company whose word is asked for said, the platform first; nothing where no parent is named.

    `assessments` are all that there are, the one recorded last first.
    """
    if not parents:
        return ()
    subject = AssessmentSubject(AssessmentKind.RELEASE, release.release_id)
    described_seq = [entry.ledger_seq for entry in release.said if entry.description is not None][-1]
    since = [one for one in in_force(assessments, judged=[subject]) if one.ledger_seq > described_seq]
    return tuple(
        PartyJudgement(party, next((one for one in since if one.considered.party == party), None))
        for party in (OWN, *parents)
    )


def persons_judging_twice(judged: Sequence[PartyJudgement]) -> Iterator[str]:
    """Who speaks for more than one company: each has a person of its own."""
    persons: list[str] = []
    for judgement in judged:
        if judgement.assessment is not None:
            if any(same_person(person, judgement.assessment.person) for person in persons):
                yield judgement.assessment.person
            persons.append(judgement.assessment.person)
