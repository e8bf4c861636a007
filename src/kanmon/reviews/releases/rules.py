"""Why an act of a review is refused; all reasons are told, not only the first (AC-13, AIA-09, GDPR-35)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from kanmon.access.account import same_person
from kanmon.clients.contract import ReviewRole
from kanmon.core.lacks import StepLack, StepRefused
from kanmon.core.language import N_
from kanmon.gate.releases import ANSWERED_BY, Viewpoint
from kanmon.reviews.releases.model import QUESTIONS, STAGE_OF, Description, Release, Stage
from kanmon.reviews.releases.parties import PartyJudgement, persons_judging_twice
from kanmon.reviews.revisions.model import QUESTIONS as OWNERS_QUESTIONS
from kanmon.reviews.revisions.rules import QUESTION_TEXTS

_ONE_PERSON_EACH = frozenset({ReviewRole.AUTHOR, ReviewRole.OPERATOR, ReviewRole.PRIVACY_OWNER})
_STAGES = list(Stage)
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


class ReviewLackKind(StrEnum):
    """Why an act is refused."""

    NOT_YOURS = "NOT_YOURS"
    NOT_OPENED = "NOT_OPENED"
    OPENED_BEFORE = "OPENED_BEFORE"
    TWO_PERSON_RULE = "TWO_PERSON_RULE"
    AUTHOR_ANSWERS = "AUTHOR_ANSWERS"
    NOTHING_CHANGES = "NOTHING_CHANGES"
    SUMMARY_EMPTY = "SUMMARY_EMPTY"
    RISK_EMPTY = "RISK_EMPTY"
    THRESHOLD_MISSING = "THRESHOLD_MISSING"
    DPIA_MISSING = "DPIA_MISSING"
    NOT_YET = "NOT_YET"
    ANSWER_EMPTY = "ANSWER_EMPTY"
    VIEWPOINT_MISSING = "VIEWPOINT_MISSING"
    PARTY_MISSING = "PARTY_MISSING"
    ONE_LAWYER = "ONE_LAWYER"


LACKING_TEXTS: Mapping[ReviewLackKind, str] = {
    ReviewLackKind.NOT_YOURS: N_("this step is not yours to take"),
    ReviewLackKind.NOT_OPENED: N_("no release of that name was opened here"),
    ReviewLackKind.OPENED_BEFORE: N_("a release of that name was opened before; describe it anew instead"),
    ReviewLackKind.TWO_PERSON_RULE: N_(
        "%(person)s acted in this release as another of author, operator and privacy owner: these are three persons"
    ),
    ReviewLackKind.AUTHOR_ANSWERS: N_("%(person)s is an author of this release, and may not answer a viewpoint on it"),
    ReviewLackKind.NOTHING_CHANGES: N_("it isn't said what changes; say it for one part of the service at least"),
    ReviewLackKind.SUMMARY_EMPTY: N_("it isn't said in one sentence what the release is for"),
    ReviewLackKind.RISK_EMPTY: N_("the foreseeable misuse, or the metric by which it would show, isn't said"),
    ReviewLackKind.THRESHOLD_MISSING: N_("the threshold of the metric is missing, or no number"),
    ReviewLackKind.DPIA_MISSING: N_("no data protection impact assessment that covers the change is named"),
    ReviewLackKind.NOT_YET: N_(
        "the release has not come to this viewpoint yet; before it this one says yes: %(viewpoint)s"
    ),
    ReviewLackKind.ANSWER_EMPTY: N_("a question is not answered: %(question)s"),
    ReviewLackKind.VIEWPOINT_MISSING: N_("a viewpoint doesn't say yes to the release as it now is: %(viewpoint)s"),
    ReviewLackKind.PARTY_MISSING: N_(
        "a parent company is named, and no legal assessment of the release as it now is was recorded for: %(party)s"
    ),
    ReviewLackKind.ONE_LAWYER: N_("%(person)s judged the release for two companies: these are two persons"),
}
"""What each means, in words; ids of messages."""

VIEWPOINT_TEXTS: Mapping[Viewpoint, str] = {
    Viewpoint.BUSINESS: N_("Business"),
    Viewpoint.STUDENT: N_("The students' view"),
    Viewpoint.LEGAL: N_("Legal"),
    Viewpoint.USE: N_("The client's use"),
    Viewpoint.SECURITY: N_("Security"),
}
"""What the viewpoints are called; ids of messages."""


OWN_LEGAL = N_("the platform itself")
"""What the platform is called among the companies for which legal judges; an id of a message."""


class ReviewLack(StepLack[ReviewLackKind]):
    """One reason why an act of a review is refused."""

    texts = LACKING_TEXTS


class ReleaseRefused(StepRefused):
    """An act of a review is refused, with all that is lacking; the release stays where it is."""

    code = "RELEASE_REFUSED"
    because = N_("this step of the review is refused:")


def lacks_of_description(release: Release | None, person: str, said: Description) -> tuple[ReviewLack, ...]:
    """All that keeps a person from describing a release so: AIA-09 wants its risk fixed first, GDPR-35 a DPIA."""
    return (*_second_role(release, person, ReviewRole.AUTHOR), *_undescribed(said))


def lacks_of_answer(
    release: Release, person: str, role: ReviewRole, viewpoint: Viewpoint, answers: Mapping[str, str]
) -> tuple[ReviewLack, ...]:
    """All that keeps a person from answering a viewpoint; a yes and a no both want every question answered."""
    if ANSWERED_BY[viewpoint] is not role:
        return (ReviewLack(ReviewLackKind.NOT_YOURS),)
    early = [point for point, stage in STAGE_OF.items() if _is_before(stage, STAGE_OF[viewpoint])]
    waiting = [point for point in early if point in release.missing]
    found = [_named(ReviewLackKind.NOT_YET, "viewpoint", VIEWPOINT_TEXTS[point]) for point in waiting]
    return (*_second_role(release, person, role), *found, *_unanswered(QUESTIONS[viewpoint], answers))


def lacks_of_approval(
    release: Release, person: str, answers: Mapping[str, str], judged: Sequence[PartyJudgement] = (), *, passes: bool
) -> tuple[ReviewLack, ...]:
    """All that keeps the privacy owner from deciding: purpose, scope and content are answered first (AC-13).

    Only a yes needs the other viewpoints and, where a parent company is named, the legal of both.
    """
    questions = {question: QUESTION_TEXTS[question] for question in OWNERS_QUESTIONS}
    missing = [
        _named(ReviewLackKind.VIEWPOINT_MISSING, "viewpoint", VIEWPOINT_TEXTS[point]) for point in release.missing
    ]
    return (
        *_second_role(release, person, ReviewRole.PRIVACY_OWNER),
        *_unanswered(questions, answers),
        *((*missing, *_unjudged(judged)) if passes else ()),
    )


def _unjudged(judged: Sequence[PartyJudgement]) -> Iterator[ReviewLack]:
    for judgement in judged:
        if judgement.assessment is None:
            yield _named(ReviewLackKind.PARTY_MISSING, "party", judgement.party or OWN_LEGAL)
    for person in persons_judging_twice(judged):
        yield ReviewLack(ReviewLackKind.ONE_LAWYER, {"person": person})


def _second_role(release: Release | None, person: str, role: ReviewRole) -> Iterator[ReviewLack]:
    """AC-13: author, operator and privacy owner are three persons; nobody answers on a release of their own."""
    acts = [one.act for one in release.said if same_person(one.act.person, person)] if release else []
    others = {act.role for act in acts} - {role}
    if role in _ONE_PERSON_EACH and others & _ONE_PERSON_EACH:
        yield ReviewLack(ReviewLackKind.TWO_PERSON_RULE, {"person": person})
    elif others and ReviewRole.AUTHOR in others | {role}:
        yield ReviewLack(ReviewLackKind.AUTHOR_ANSWERS, {"person": person})


def _undescribed(said: Description) -> Iterator[ReviewLack]:
    if not said.summary:
        yield ReviewLack(ReviewLackKind.SUMMARY_EMPTY)
    if not said.changes:
        yield ReviewLack(ReviewLackKind.NOTHING_CHANGES)
    if not said.misuse or not said.metric:
        yield ReviewLack(ReviewLackKind.RISK_EMPTY)
    if not _NUMBER.fullmatch(said.threshold):
        yield ReviewLack(ReviewLackKind.THRESHOLD_MISSING)
    if not said.dpia:
        yield ReviewLack(ReviewLackKind.DPIA_MISSING)


def _unanswered(questions: Mapping[str, str], answers: Mapping[str, str]) -> Iterator[ReviewLack]:
    for question, words in questions.items():
        if not answers.get(question, "").strip():
            yield _named(ReviewLackKind.ANSWER_EMPTY, "question", words)


def _named(code: ReviewLackKind, name: str, message: str) -> ReviewLack:
    return ReviewLack(code, {name: message}, frozenset({name}))


def _is_before(one: Stage, other: Stage) -> bool:
    return _STAGES.index(one) < _STAGES.index(other)
