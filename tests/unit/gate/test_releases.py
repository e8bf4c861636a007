"""What a review means for the gate at a moment: what is missing, stale or refused is no approval (APPI-01, AC-13)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from kanmon.clients.contract import Approval, ProductRelease, ReviewRole
from kanmon.gate.decision import ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.releases import ANSWERED_BY, ReviewAct, ReviewedAct, Viewpoint, release_at
from kanmon.gate.rules import release_approved
from tests.unit.gate.test_rules import TERMS

AT = TERMS.asked_at - timedelta(days=10)
DECLARED = ProductRelease("1", False, tuple(Approval(role, role.value, AT - timedelta(days=9)) for role in ReviewRole))
CONTENT = "a"


def act(
    what: ReviewAct, role: ReviewRole, hours: int, viewpoint: Viewpoint | None = None, passes: bool = True
) -> ReviewedAct:
    at = AT + timedelta(hours=hours)
    return ReviewedAct("1", what, viewpoint, role, role.value, at, CONTENT, is_research=False, passes=passes)


def described(hours: int = 0) -> ReviewedAct:
    return act(ReviewAct.DESCRIBE, ReviewRole.AUTHOR, hours, passes=False)


def answered(viewpoint: Viewpoint, hours: int = 1, passes: bool = True) -> ReviewedAct:
    return act(ReviewAct.ANSWER, ANSWERED_BY[viewpoint], hours, viewpoint, passes)


def decided(hours: int = 2, passes: bool = True) -> ReviewedAct:
    return act(ReviewAct.APPROVE, ReviewRole.PRIVACY_OWNER, hours, None, passes)


WHOLE = [described(), *map(answered, Viewpoint), decided()]


def is_denied(acts: list[ReviewedAct], at: datetime = TERMS.asked_at) -> bool:
    terms: Terms = replace(TERMS, asked_at=at, release=release_at(DECLARED, acts, at))
    told = release_approved.judge(terms)
    assert told is None or told.code is ReasonCode.RELEASE_NOT_APPROVED
    return told is not None


def test_a_release_never_opened_here_keeps_the_approvals_it_was_declared_with() -> None:
    assert release_at(DECLARED, [], TERMS.asked_at) is DECLARED
    assert release_at(DECLARED, [replace(one, release_id="2") for one in WHOLE], TERMS.asked_at) is DECLARED
    assert release_at(None, WHOLE, TERMS.asked_at) is None


def test_once_opened_its_declared_approvals_count_no_longer() -> None:
    assert is_denied([described()])
    assert not is_denied([described()], AT - timedelta(hours=1))
    assert not is_denied(WHOLE)


@pytest.mark.parametrize("missing", range(1, len(WHOLE)))
@pytest.mark.parametrize("is_research", [False, True])
def test_every_single_approval_is_needed_of_research_as_well(missing: int, is_research: bool) -> None:
    acts = [replace(one, is_research=is_research) for place, one in enumerate(WHOLE) if place != missing]
    assert is_denied(acts)


@pytest.mark.parametrize("viewpoint", Viewpoint)
def test_one_that_needs_changes_is_no_approval(viewpoint: Viewpoint) -> None:
    acts = [replace(one, passes=False) if one.viewpoint is viewpoint else one for one in WHOLE]
    assert is_denied(acts)


def test_a_later_no_counts_and_so_does_a_later_yes() -> None:
    refused = [*WHOLE, decided(3, passes=False)]
    assert is_denied(refused)
    assert not is_denied([*refused, decided(4)])


def test_the_privacy_owner_approves_what_the_others_said_last() -> None:
    again = [*WHOLE, answered(Viewpoint.LEGAL, 3)]
    assert is_denied(again)
    assert not is_denied([*again, decided(4)])


def test_a_release_described_anew_is_approved_by_nobody() -> None:
    changed = replace(described(3), content_sha256="b")
    assert is_denied([*WHOLE, changed])
    assert not is_denied([*WHOLE, changed], AT + timedelta(hours=3) - timedelta(seconds=1))
    assert is_denied([*WHOLE, described(3)])
    assert is_denied([*WHOLE, changed, *(replace(one, at=changed.at) for one in WHOLE[1:])])


@pytest.mark.parametrize("role", [ReviewRole.OPERATOR, ReviewRole.PRIVACY_OWNER])
def test_an_author_of_any_version_is_neither_operator_nor_privacy_owner(role: ReviewRole) -> None:
    acts = [replace(described(), person="x"), *(replace(one, person="x") if one.role is role else one for one in WHOLE)]
    assert is_denied(acts)


def test_an_approval_of_this_very_moment_does_not_count_yet() -> None:
    assert is_denied(WHOLE, AT + timedelta(hours=2))
    assert not is_denied(WHOLE, AT + timedelta(hours=2, seconds=1))


def test_what_is_told_is_what_was_reviewed() -> None:
    found = release_at(DECLARED, [replace(one, is_research=True) for one in WHOLE], TERMS.asked_at)
    assert found is not None
    assert found.is_research
    assert {one.role for one in found.approvals} == set(ReviewRole)
