"""How a matter of an authority stands on a day (S22)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kanmon.core.ids import MatterId
from kanmon.incidents.matters.model import Matter, MatterKind, MatterNotice, MatterState, MatterStep, StepKind

AT = datetime(2019, 9, 1, 3, tzinfo=UTC)
CAME, DUE = date(2019, 8, 26), date(2019, 9, 30)
"""The recommendation of the release, and the day by which it wanted a report."""


def step(number: int, kind: StepKind, **body: object) -> MatterStep:
    return MatterStep(number, kind, AT, AT, "o", "why", body, number)


def matter(*steps: MatterStep, kind: MatterKind = MatterKind.RECOMMENDATION, due_on: date | None = DUE) -> Matter:
    notice = MatterNotice(kind, "PPC", "t", CAME, due_on)
    return Matter(MatterId("M-2019-001"), notice, AT, AT, "o", "why", 0, steps)


@pytest.mark.parametrize(
    ("days", "state"),
    [
        (-8, MatterState.WAITING),
        (-7, MatterState.SOON),
        (0, MatterState.SOON),
        (1, MatterState.OVERDUE),
    ],
)
def test_it_is_due_soon_a_week_before_its_last_day_and_overdue_after_it(days: int, state: MatterState) -> None:
    assert matter().state(DUE + timedelta(days=days)) is state


@pytest.mark.parametrize(
    ("kind", "state"), [(MatterKind.ORDER, MatterState.UNDATED), (MatterKind.GUIDANCE, MatterState.OPEN)]
)
def test_without_a_day_only_guidance_waits_for_no_answer(kind: MatterKind, state: MatterState) -> None:
    assert matter(kind=kind, due_on=None).state(CAME) is state


@pytest.mark.parametrize(
    ("on", "state"), [(DUE, MatterState.ANSWERED), (DUE + timedelta(days=1), MatterState.ANSWERED_LATE)]
)
def test_an_answer_is_in_time_on_the_last_day_and_late_after_it(on: date, state: MatterState) -> None:
    answer = step(1, StepKind.ANSWER, answered_on=on.isoformat())
    assert matter(answer).state(on) is state


def test_another_last_day_wants_another_answer() -> None:
    answer = step(1, StepKind.ANSWER, answered_on=DUE.isoformat())
    later = step(2, StepKind.DEADLINE, due_on="2019-12-31")
    asked_again = matter(answer, later)
    assert (asked_again.due_on, asked_again.answered_on) == (date(2019, 12, 31), None)
    assert asked_again.state(date(2020, 1, 1)) is MatterState.OVERDUE
    assert matter(later, step(3, StepKind.ANSWER, answered_on="2019-12-01")).state(DUE) is MatterState.ANSWERED
