"""What is due about a request to a recipient, and how it stands."""

from collections.abc import Collection
from datetime import UTC, date, datetime

import pytest

from kanmon.core.ids import ClientId
from kanmon.rights.recall.service import Certificate, Recall, RecallMilestone, RecallReason, RecallStatus, due_after

REQUESTED_AT = datetime(2026, 3, 1, 15, tzinfo=UTC)
"""The 2nd in Japan."""
CERTIFICATE = Certificate(REQUESTED_AT, "hr", "")


def recall(steps: Collection[RecallMilestone] = (), certificate: Certificate | None = None) -> Recall:
    return Recall(
        1, ClientId("AOBA"), "Aoba", RecallReason.WITHDRAWAL, None, REQUESTED_AT, due_after(REQUESTED_AT), 1,
        dict.fromkeys(steps, REQUESTED_AT), certificate,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "taken", "due"),
    [
        (8, (), None),
        (9, (), RecallMilestone.REMINDED),
        (9, (RecallMilestone.REMINDED,), None),
        (13, (RecallMilestone.REMINDED,), None),
        (14, (RecallMilestone.REMINDED,), RecallMilestone.REMINDED_AGAIN),
        (14, (), RecallMilestone.REMINDED_AGAIN),
        (15, (RecallMilestone.REMINDED_AGAIN,), None),
        (16, (RecallMilestone.REMINDED, RecallMilestone.REMINDED_AGAIN), None),
        (17, (RecallMilestone.REMINDED, RecallMilestone.REMINDED_AGAIN), RecallMilestone.ESCALATED),
        (17, (), RecallMilestone.ESCALATED),
        (30, (RecallMilestone.ESCALATED,), None),
    ],
)
def test_each_step_is_due_once_from_its_day_in_japan_on(
    day: int, taken: Collection[RecallMilestone], due: RecallMilestone | None
) -> None:
    assert recall({RecallMilestone.ASKED, *taken}).step_due(date(2026, 3, day)) is due


def test_it_is_due_fourteen_days_later() -> None:
    assert due_after(REQUESTED_AT) == date(2026, 3, 16)


def test_nothing_is_due_once_it_is_certified() -> None:
    assert recall((), CERTIFICATE).step_due(date(2026, 4, 1)) is None


@pytest.mark.parametrize(
    ("day", "steps", "certificate", "state"),
    [
        (2, {RecallMilestone.ASKED}, None, RecallStatus.ASKED),
        (10, {RecallMilestone.ASKED, RecallMilestone.REMINDED}, None, RecallStatus.REMINDED),
        (16, {RecallMilestone.REMINDED_AGAIN}, None, RecallStatus.REMINDED),
        (17, {RecallMilestone.REMINDED_AGAIN}, None, RecallStatus.OVERDUE),
        (17, {RecallMilestone.ESCALATED}, None, RecallStatus.SUSPENDED),
        (17, {RecallMilestone.ESCALATED}, CERTIFICATE, RecallStatus.CERTIFIED),
    ],
)
def test_how_it_stands(
    day: int, steps: Collection[RecallMilestone], certificate: Certificate | None, state: RecallStatus
) -> None:
    assert recall(steps, certificate).state(date(2026, 3, day)) is state
