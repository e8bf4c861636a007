"""What is due about a request to a recipient, and how it stands."""

from collections.abc import Collection
from datetime import UTC, date, datetime

import pytest

from kanmon.ids import ClientId
from kanmon.rights.recall import Because, Certificate, Recall, State, Step, due_after

REQUESTED_AT = datetime(2026, 3, 1, 15, tzinfo=UTC)
"""The 2nd in Japan."""
CERTIFICATE = Certificate(REQUESTED_AT, "hr", "")


def recall(steps: Collection[Step] = (), certificate: Certificate | None = None) -> Recall:
    return Recall(
        1, ClientId("AOBA"), "Aoba", Because.WITHDRAWAL, None, REQUESTED_AT, due_after(REQUESTED_AT), 1,
        dict.fromkeys(steps, REQUESTED_AT), certificate,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "taken", "due"),
    [
        (8, (), None),
        (9, (), Step.REMINDED),
        (9, (Step.REMINDED,), None),
        (13, (Step.REMINDED,), None),
        (14, (Step.REMINDED,), Step.REMINDED_AGAIN),
        (14, (), Step.REMINDED_AGAIN),
        (15, (Step.REMINDED_AGAIN,), None),
        (16, (Step.REMINDED, Step.REMINDED_AGAIN), None),
        (17, (Step.REMINDED, Step.REMINDED_AGAIN), Step.ESCALATED),
        (17, (), Step.ESCALATED),
        (30, (Step.ESCALATED,), None),
    ],
)
def test_each_step_is_due_once_from_its_day_in_japan_on(day: int, taken: Collection[Step], due: Step | None) -> None:
    assert recall({Step.ASKED, *taken}).step_due(date(2026, 3, day)) is due


def test_it_is_due_fourteen_days_later() -> None:
    assert due_after(REQUESTED_AT) == date(2026, 3, 16)


def test_nothing_is_due_once_it_is_certified() -> None:
    assert recall((), CERTIFICATE).step_due(date(2026, 4, 1)) is None


@pytest.mark.parametrize(
    ("day", "steps", "certificate", "state"),
    [
        (2, {Step.ASKED}, None, State.ASKED),
        (10, {Step.ASKED, Step.REMINDED}, None, State.REMINDED),
        (16, {Step.REMINDED_AGAIN}, None, State.REMINDED),
        (17, {Step.REMINDED_AGAIN}, None, State.OVERDUE),
        (17, {Step.ESCALATED}, None, State.SUSPENDED),
        (17, {Step.ESCALATED}, CERTIFICATE, State.CERTIFIED),
    ],
)
def test_how_it_stands(day: int, steps: Collection[Step], certificate: Certificate | None, state: State) -> None:
    assert recall(steps, certificate).state(date(2026, 3, day)) is state
