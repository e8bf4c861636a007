"""The review of a release: who may say what, and when; every question wants words (AC-13, AIA-09, GDPR-35)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kanmon.clients.contract import ReviewRole
from kanmon.gate.releases import ANSWERED_BY, ReviewAct, ReviewedAct, Viewpoint
from kanmon.reviews.legal.service import (
    AssessmentKind,
    AssessmentSubject,
    LegalAssessment,
    LegalOpinion,
    in_force,
    versions_of,
)
from kanmon.reviews.releases.model import QUESTIONS, Description, Release, ReleaseSubject, ReviewEntry, Stage
from kanmon.reviews.releases.rules import (
    ReleaseRefused,
    ReviewLack,
    ReviewLackKind,
    lacks_of_answer,
    lacks_of_approval,
    lacks_of_description,
)

AT = datetime(2026, 4, 1, tzinfo=UTC)
NOW = Description("why", {ReleaseSubject.MODEL: "words"}, True, "selection", "share", "0.05", "DPIA-3 v2")
OWNERS = {"purpose": "p", "scope": "s", "content": "c"}
ORDER = list(Viewpoint)
RELEASE = AssessmentSubject(AssessmentKind.RELEASE, "1")


def said(
    act: ReviewAct, role: ReviewRole, person: str, viewpoint: Viewpoint | None = None, passes: bool = True
) -> ReviewEntry:
    one = ReviewedAct("1", act, viewpoint, role, person, AT, NOW.content_sha256, NOW.is_research, passes)
    return ReviewEntry(one, {}, AT, 1, NOW if act is ReviewAct.DESCRIBE else None)


OPENED = Release("1", (said(ReviewAct.DESCRIBE, ReviewRole.AUTHOR, "X"),))


def answered(*viewpoints: Viewpoint) -> Release:
    answers = [said(ReviewAct.ANSWER, ANSWERED_BY[point], ANSWERED_BY[point].value, point) for point in viewpoints]
    return Release("1", (*OPENED.said, *answers))


def words(viewpoint: Viewpoint) -> dict[str, str]:
    return dict.fromkeys(QUESTIONS[viewpoint], "words")


def codes(lacks: tuple[ReviewLack, ...]) -> list[ReviewLackKind]:
    return [lack.code for lack in lacks]


def test_how_far_a_release_has_come_follows_from_what_was_said() -> None:
    assert [answered(*ORDER[:count]).stage for count in range(6)] == [
        Stage.IDEA, Stage.DESIGN, Stage.DESIGN, Stage.DESIGN, Stage.BUILT, Stage.BUILT,
    ]  # fmt: skip
    whole = answered(*ORDER)
    done = said(ReviewAct.APPROVE, ReviewRole.PRIVACY_OWNER, "owner")
    assert Release("1", (*whole.said, done)).stage is Stage.RELEASED


@pytest.mark.parametrize("viewpoint", Viewpoint)
def test_every_question_of_a_viewpoint_wants_words(viewpoint: Viewpoint) -> None:
    release = answered(*ORDER[: ORDER.index(viewpoint)])
    role = ANSWERED_BY[viewpoint]
    assert lacks_of_answer(release, "y", role, viewpoint, words(viewpoint)) == ()
    for question in QUESTIONS[viewpoint]:
        lacks = lacks_of_answer(release, "y", role, viewpoint, words(viewpoint) | {question: " "})
        assert codes(lacks) == [ReviewLackKind.ANSWER_EMPTY]
    assert codes(lacks_of_answer(release, "y", role, viewpoint, {})) == [ReviewLackKind.ANSWER_EMPTY] * 3


def test_no_viewpoint_is_asked_before_its_stage_research_included() -> None:
    lacks = lacks_of_answer(OPENED, "y", ReviewRole.OPERATOR, Viewpoint.SECURITY, words(Viewpoint.SECURITY))
    assert codes(lacks) == [ReviewLackKind.NOT_YET] * 4


@pytest.mark.parametrize("viewpoint", Viewpoint)
def test_a_viewpoint_is_for_its_role_only_and_never_for_an_author(viewpoint: Viewpoint) -> None:
    release = answered(*ORDER[: ORDER.index(viewpoint)])
    for role in set(ReviewRole) - {ANSWERED_BY[viewpoint]}:
        assert codes(lacks_of_answer(release, "y", role, viewpoint, words(viewpoint))) == [ReviewLackKind.NOT_YOURS]
    [found] = codes(lacks_of_answer(release, " x", ANSWERED_BY[viewpoint], viewpoint, words(viewpoint)))
    assert found in {ReviewLackKind.TWO_PERSON_RULE, ReviewLackKind.AUTHOR_ANSWERS}


def test_author_operator_and_privacy_owner_are_three_persons() -> None:
    lacks = lacks_of_answer(OPENED, "X", ReviewRole.OPERATOR, Viewpoint.BUSINESS, words(Viewpoint.BUSINESS))
    assert codes(lacks) == [ReviewLackKind.TWO_PERSON_RULE]
    whole = answered(*ORDER)
    assert codes(lacks_of_approval(whole, "x", OWNERS, passes=True)) == [ReviewLackKind.TWO_PERSON_RULE]
    assert codes(lacks_of_approval(whole, "operator", OWNERS, passes=True)) == [ReviewLackKind.TWO_PERSON_RULE]
    assert codes(lacks_of_description(whole, "Operator", NOW)) == [ReviewLackKind.TWO_PERSON_RULE]
    assert codes(lacks_of_description(whole, "legal", NOW)) == [ReviewLackKind.AUTHOR_ANSWERS]
    assert lacks_of_description(whole, "X", NOW) == ()


def test_the_privacy_owner_answers_three_questions_and_needs_every_viewpoint() -> None:
    whole = answered(*ORDER)
    assert lacks_of_approval(whole, "owner", OWNERS, passes=True) == ()
    assert codes(lacks_of_approval(whole, "owner", {}, passes=True)) == [ReviewLackKind.ANSWER_EMPTY] * 3
    for missing in Viewpoint:
        release = answered(*(point for point in ORDER if point is not missing))
        assert codes(lacks_of_approval(release, "owner", OWNERS, passes=True)) == [ReviewLackKind.VIEWPOINT_MISSING]
        assert lacks_of_approval(release, "owner", OWNERS, passes=False) == ()


@pytest.mark.parametrize(
    ("described", "code"),
    [
        (replace(NOW, summary=""), ReviewLackKind.SUMMARY_EMPTY),
        (replace(NOW, changes={}), ReviewLackKind.NOTHING_CHANGES),
        (replace(NOW, misuse=""), ReviewLackKind.RISK_EMPTY),
        (replace(NOW, metric=""), ReviewLackKind.RISK_EMPTY),
        (replace(NOW, threshold=""), ReviewLackKind.THRESHOLD_MISSING),
        (replace(NOW, threshold="to be decided"), ReviewLackKind.THRESHOLD_MISSING),
        (replace(NOW, dpia=""), ReviewLackKind.DPIA_MISSING),
    ],
)
def test_risk_threshold_and_impact_assessment_are_fixed_in_advance(
    described: Description, code: ReviewLackKind
) -> None:
    assert codes(lacks_of_description(None, "X", described)) == [code]
    assert f"[{code.value}]" in str(ReleaseRefused(lacks_of_description(None, "X", described)))


def test_whatever_changes_in_a_description_is_another_release_to_review() -> None:
    others = [
        replace(NOW, summary="b"), replace(NOW, changes={ReleaseSubject.MODEL: "b"}),
        replace(NOW, changes={ReleaseSubject.SCREENS: "words"}),
        replace(NOW, is_research=False), replace(NOW, misuse="b"),
        replace(NOW, metric="b"), replace(NOW, threshold="1"),
        replace(NOW, dpia="b"),
    ]  # fmt: skip
    assert len({one.content_sha256 for one in (NOW, *others)}) == 1 + len(others)


def assessment(number: int, version: int, question: str, judged: AssessmentSubject = RELEASE) -> LegalAssessment:
    return LegalAssessment(number, version, LegalOpinion(judged, question, "a", "c", "APPI 27"), "law", AT, AT, version)


def test_the_newest_version_of_an_assessment_is_in_force_and_found_by_its_words() -> None:
    feature = AssessmentSubject(AssessmentKind.FEATURE, "pages")
    kept = [assessment(1, 2, "May we?"), assessment(2, 1, "Must we?", feature), assessment(1, 1, "Could we?")]
    assert in_force(kept) == kept[:2]
    assert in_force(kept, "appi MUST") == [kept[1]]
    assert in_force(kept, "could") == []
    assert in_force(kept, judged=[feature]) == [kept[1]]
    assert versions_of(kept, 1) == [kept[0], kept[2]]
