"""A revision's task list says what can be done now, by whom, what waits for what, and what is done."""

from datetime import timedelta

import pytest
from hypothesis import given, settings

from kanmon.incidents.tasks import TaskState
from kanmon.reviews.revisions.model import Act, Actor, Revision, RevisionState
from kanmon.reviews.revisions.rules import LackCode, WorldState, lacks
from kanmon.reviews.revisions.tasks import TASKS, RevisionTask, tasks_of
from tests.drawn import examples
from tests.unit.reviews.test_revision import ALL_WELL, DAY, NOW, WAY, Try, histories, walked


def tasks(revision: Revision, waited: timedelta = timedelta(0), *waits: LackCode) -> dict[Act, RevisionTask]:
    return dict(zip(TASKS, tasks_of(revision, NOW + DAY, NOW + waited, waits), strict=True))


def ready(revision: Revision, waited: timedelta = timedelta(0), *waits: LackCode) -> set[Act]:
    return {act for act, task in tasks(revision, waited, *waits).items() if task.state is TaskState.NOT_STARTED}


@settings(max_examples=examples(30, 100), deadline=None)
@given(histories())
def test_a_task_can_be_started_exactly_where_its_step_would_be_taken(history: tuple[list[Try], Revision]) -> None:
    _, revision = history
    for waited in (timedelta(0), 2 * DAY):
        for act, task in tasks(revision, waited).items():
            first = Act.VERIFY if act is Act.ACTIVATE and revision.state is RevisionState.DEPLOYING else act
            somebody = Actor(f"somebody who is {task.role}", task.role)
            refused = lacks(revision, first, somebody, ALL_WELL, WorldState(NOW + DAY), NOW + waited)
            if task.state is not TaskState.DONE:
                assert (task.state is TaskState.NOT_STARTED) is not bool(refused), (act, revision.state)
                assert bool(task.because) is bool(refused)


@pytest.mark.parametrize("taken", range(1, 10))
def test_each_step_leads_to_the_next_task(taken: int) -> None:
    revision, following = walked(*WAY[:taken]), WAY[taken]
    waited = 2 * DAY if following in (Act.DEPLOY, Act.VERIFY) else timedelta(0)
    expected = Act.ACTIVATE if following is Act.VERIFY else following
    assert expected in ready(revision, waited)
    done = {act for act, task in tasks(revision).items() if task.state is TaskState.DONE}
    assert done == set(WAY[:taken])


def test_what_is_done_says_by_whom_and_an_active_one_has_nothing_left() -> None:
    active = tasks(walked(*WAY))
    assert {task.state for task in active.values()} == {TaskState.DONE}
    advised = active[Act.ADVISE].step
    assert advised is not None
    assert advised.by.person == "学"


def test_a_new_draft_or_impact_set_undoes_what_was_done_after_it() -> None:
    impact = (*WAY[:6], Act.SET_IMPACT)
    assert ready(walked(*impact)) == {Act.CONFIRM, Act.ADVISE}
    assert ready(walked(*WAY[:6], Act.DRAFT)) == {Act.MODEL}
    assert ready(walked(*WAY[:6], Act.DRAFT, Act.MODEL, Act.CHECK)) == {Act.SET_IMPACT}


def test_the_activation_waits_for_the_screens_and_the_roll_out_for_its_day() -> None:
    deploying = walked(*WAY[:9])
    assert ready(deploying, 2 * DAY, LackCode.BOARD_NOT_SEARCHED) == set()
    assert "roll-out" in tasks(deploying, 2 * DAY, LackCode.BOARD_NOT_SEARCHED)[Act.ACTIVATE].because
    assert ready(walked(*WAY[:8])) == set()
    assert ready(walked(*WAY[:8]), 2 * DAY) == {Act.DEPLOY}


def test_nothing_is_left_to_do_of_a_revision_that_was_given_up() -> None:
    given_up = tasks(walked(*WAY[:4], Act.ABANDON))
    assert TaskState.NOT_STARTED not in {task.state for task in given_up.values()}
    assert given_up[Act.REVIEW].because == "the revision was given up"
