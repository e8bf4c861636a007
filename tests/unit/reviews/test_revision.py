"""The steps of a revision: no history reaches ACTIVE without every condition, whoever tries what, in whatever order."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanmon.access.account import Role, same_person
from kanmon.consent.publication import PublicationRule
from kanmon.core.ids import PolicyId, PolicyVersionId
from kanmon.reviews.revisions.model import (
    MOVES,
    QUESTIONS,
    Act,
    Actor,
    Revision,
    RevisionState,
    RevisionStep,
    ends,
)
from kanmon.reviews.revisions.rules import ActWords, LackCode, MissingQuotation, RevisionLack, WorldState, lacks
from tests.drawn import examples

NOW = datetime(2026, 4, 1, tzinfo=UTC)
DAY = timedelta(days=1)
EMPTY = Revision(1, PolicyId("privacy"), PolicyVersionId("4"))
PEOPLE = ("青木", "青 木", "大野", "木村")
ALL_WELL: ActWords = {
    "reason": "r", "reflected": "yes", "screen": "s", "purpose": "p", "scope": "s", "content": "c",
}  # fmt: skip


@dataclass(frozen=True)
class Try:
    """One attempt: who does what, saying what, when the world is how."""

    act: Act
    by: Actor
    said: ActWords
    shown: WorldState
    now: datetime


def take(revision: Revision, one: Try) -> Revision:
    """The revision after an attempt; itself where that is refused."""
    if lacks(revision, one.act, one.by, one.said, one.shown, one.now):
        return revision
    details = {**one.said, "screens": ["s", "t"]} if one.act is Act.SET_IMPACT else dict(one.said)
    step = RevisionStep(one.act, ends(revision, one.act), one.by, one.now, one.now, details)
    return replace(revision, steps=(*revision.steps, step))


@st.composite
def worlds(draw: st.DrawFn) -> WorldState:
    well = st.sampled_from([True, True, True, False])
    return WorldState(
        effective_from=NOW + DAY * draw(st.sampled_from([-1, 1, 1])),
        unquoted=() if draw(well) else (MissingQuotation("c1", "E01", "q"),),
        obstacles=() if draw(well) else (("ja", PublicationRule.NOT_COVERED, "w"),),
        newest_effective_from=None if draw(well) else NOW + 9 * DAY,
        others_under_way=() if draw(well) else (2,),
        roll_out=() if draw(well) else (RevisionLack(LackCode.SCREEN_UNVERIFIED),),
    )


@st.composite
def attempts(draw: st.DrawFn) -> Try:
    """Mostly in the right role, so that histories come far."""
    act = draw(st.sampled_from([*Act, *list(Act)[:12]]))
    roles = sorted(MOVES[act].roles)
    role = draw(st.sampled_from([*roles * 4, *Role]))
    said = {name: draw(st.sampled_from([words, words, words, " "])) for name, words in ALL_WELL.items()}
    return Try(
        act, Actor(draw(st.sampled_from(PEOPLE)), role), said, draw(worlds()), NOW + draw(st.sampled_from([0, 2])) * DAY
    )


NEXT = {
    None: [Act.DRAFT],
    RevisionState.DRAFT: [Act.MODEL],
    RevisionState.MODELLED: [Act.CHECK],
    RevisionState.CHECKED: [Act.SET_IMPACT],
    RevisionState.IMPACT_SET: [Act.CONFIRM, Act.ADVISE, Act.REVIEW],
    RevisionState.REVIEWED: [Act.SCHEDULE],
    RevisionState.SCHEDULED: [Act.DEPLOY],
    RevisionState.DEPLOYING: [Act.VERIFY],
    RevisionState.VERIFIED: [Act.ACTIVATE],
}
USUAL = {
    Role.AUTHOR: "青木",
    Role.OPERATOR: "大野",
    Role.PRIVACY_OWNER: "木村",
    Role.LEGAL: "法田",
    Role.STUDENT_ADVOCATE: "学",
}


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Try], Revision]:
    """Attempts of every kind among those that go on from where the revision stands."""
    tried, revision = [], EMPTY
    for _ in range(draw(st.integers(15, 40))):
        one = draw(attempts())
        if draw(st.integers(0, 5)) and revision.state in NEXT:
            act = draw(st.sampled_from(NEXT[revision.state]))
            [role] = MOVES[act].roles
            one = replace(one, act=act, by=Actor(USUAL[role], role))
        if draw(st.integers(0, 3)):
            is_later = one.act in {Act.DEPLOY, Act.VERIFY, Act.ACTIVATE}
            one = replace(one, said=ALL_WELL, shown=WorldState(NOW + DAY), now=NOW + (2 * DAY if is_later else 0 * DAY))
        tried.append(one)
        revision = take(revision, one)
    return tried, revision


@settings(max_examples=examples(30, 100), deadline=None)
@given(histories())
def test_no_history_reaches_active_without_every_condition(history: tuple[list[Try], Revision]) -> None:
    tried, _ = history
    revision, accepted = EMPTY, []
    for one in tried:
        after = take(revision, one)
        if after is not revision:
            accepted.append(one)
        revision = after
        if revision.state is RevisionState.ACTIVE:
            assert_complete(accepted)


def assert_complete(accepted: list[Try]) -> None:
    """The conditions of section 5.6, written without the machine."""
    last = {one.act: place for place, one in enumerate(accepted)}
    order = [Act.DRAFT, Act.MODEL, Act.CHECK, Act.SET_IMPACT, Act.REVIEW, Act.SCHEDULE, Act.DEPLOY, Act.VERIFY]
    places = [last[act] for act in (*order, Act.ACTIVATE)]
    assert places == sorted(places)
    for act in (Act.CONFIRM, Act.ADVISE):
        assert last[Act.SET_IMPACT] < last[act] < last[Act.REVIEW]
    found = {act: accepted[place] for act, place in last.items()}
    assert not found[Act.MODEL].shown.unquoted
    assert not found[Act.CHECK].shown.obstacles
    assert all(found[Act.REVIEW].said[question].strip() for question in QUESTIONS)
    assert found[Act.CONFIRM].said["reflected"] == "yes"
    assert found[Act.SCHEDULE].now < found[Act.SCHEDULE].shown.effective_from
    assert not found[Act.SCHEDULE].shown.others_under_way
    assert found[Act.DEPLOY].now >= found[Act.DEPLOY].shown.effective_from
    assert not found[Act.VERIFY].shown.roll_out
    assert not found[Act.ACTIVATE].shown.roll_out
    assert Act.ABANDON not in last
    for one in accepted:
        assert one.by.role in MOVES[one.act].roles
        if one.act in {Act.REMOVE_SCREEN, Act.ADVISE}:
            assert one.said["reason"].strip()
    trio = (Role.AUTHOR, Role.OPERATOR, Role.PRIVACY_OWNER)
    persons = [{one.by.person.replace(" ", "") for one in accepted if one.by.role is role} for role in trio]
    assert all(persons)
    assert not persons[0] & persons[1] | persons[0] & persons[2] | persons[1] & persons[2]


def walked(*until: Act) -> Revision:
    """The usual way, up to and with the acts named."""
    revision = EMPTY
    for act in until:
        [role, *_] = sorted(MOVES[act].roles)
        now = NOW + (2 * DAY if act in {Act.DEPLOY, Act.VERIFY, Act.ACTIVATE} else 0 * DAY)
        after = take(revision, Try(act, Actor(USUAL[role], role), ALL_WELL, WorldState(NOW + DAY), now))
        assert after is not revision, act
        revision = after
    return revision


WAY = (
    Act.DRAFT, Act.MODEL, Act.CHECK, Act.SET_IMPACT, Act.CONFIRM, Act.ADVISE, Act.REVIEW, Act.SCHEDULE, Act.DEPLOY,
    Act.VERIFY, Act.ACTIVATE,
)  # fmt: skip


def test_the_usual_way_leads_to_active() -> None:
    assert walked(*WAY).state is RevisionState.ACTIVE


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_empty_answer_is_refused(question: str) -> None:
    owner = Actor("木村", Role.PRIVACY_OWNER)
    found = lacks(walked(*WAY[:6]), Act.REVIEW, owner, {**ALL_WELL, question: "　\n"}, WorldState(NOW + DAY), NOW)
    assert [lack.code for lack in found] == [LackCode.ANSWER_EMPTY]


def test_who_wrote_the_draft_confirms_and_approves_nothing() -> None:
    for act, role, length in ((Act.CONFIRM, Role.OPERATOR, 4), (Act.REVIEW, Role.PRIVACY_OWNER, 6)):
        found = lacks(walked(*WAY[:length]), act, Actor("青　木", role), ALL_WELL, WorldState(NOW + DAY), NOW)
        assert [lack.code for lack in found] == [LackCode.TWO_PERSON_RULE]


def test_a_new_draft_voids_what_was_signed() -> None:
    drafted = walked(*WAY[:6], Act.DRAFT, Act.MODEL, Act.CHECK, Act.SET_IMPACT)
    found = lacks(drafted, Act.REVIEW, Actor("木村", Role.PRIVACY_OWNER), ALL_WELL, WorldState(NOW + DAY), NOW)
    assert [lack.code for lack in found] == [LackCode.OPERATOR_MISSING, LackCode.ADVOCATE_MISSING]
    assert drafted.removed == {}


def test_a_screen_is_taken_out_with_a_reason_that_stays() -> None:
    revision = walked(*WAY[:4], Act.REMOVE_SCREEN)
    assert (revision.screens, revision.removed) == (("t",), {"s": "r"})


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [("青木", "青 木", True), ("AOKI", "ａｏｋｉ", True), ("青木", "青島", False)],
)
def test_a_name_written_otherwise_is_the_same_person(one: str, other: str, is_same: bool) -> None:
    assert same_person(one, other) is is_same
