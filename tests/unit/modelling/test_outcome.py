"""The label, as the contract has it."""

from datetime import UTC, datetime, timedelta

import pytest

from kanmon.ids import ApplicantNo
from kanmon.modelling.outcome import KnownOutcome, LeftOut, Outcome, label

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)
AFTER = datetime(2026, 5, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("outcome", "at", "expected"),
    [
        (Outcome.SELECTION_WITHDRAWAL, AFTER, True),
        (Outcome.OFFER_DECLINE, AFTER, True),
        (Outcome.OFFER_DECLINE, AS_OF, True),
        (Outcome.SELECTION_WITHDRAWAL, BEFORE, LeftOut.WITHDREW_BEFORE_AS_OF),
        (Outcome.JOINED, AFTER, False),
        (Outcome.JOINED, BEFORE, False),
        (Outcome.OTHER, AFTER, False),
        (Outcome.REJECTED, AFTER, LeftOut.REJECTED),
        (Outcome.REJECTED, BEFORE, LeftOut.REJECTED),
        (Outcome.JOINED, datetime(2026, 6, 2, tzinfo=UTC), LeftOut.NOT_KNOWN_YET),
    ],
)
def test_label(outcome: Outcome, at: datetime, expected: bool | LeftOut) -> None:
    assert label(KnownOutcome(ApplicantNo(1), AS_OF, outcome, at), NOW) is expected


DAY_ALONE = datetime(2026, 4, 1, 14, 59, 59, 999999, tzinfo=UTC)
"""1 April, in Tokyo, as a file that names no time is read."""


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (datetime(2026, 3, 31, 15, tzinfo=UTC), True),
        (datetime(2026, 3, 31, 15, 0, 0, 1, tzinfo=UTC), LeftOut.WITHDREW_BEFORE_AS_OF),
        (datetime(2026, 4, 2, tzinfo=UTC), LeftOut.WITHDREW_BEFORE_AS_OF),
    ],
)
def test_a_withdrawal_dated_by_a_day_alone_may_have_come_in_its_first_moment(
    as_of: datetime, expected: bool | LeftOut
) -> None:
    outcome = KnownOutcome(ApplicantNo(1), as_of, Outcome.SELECTION_WITHDRAWAL, DAY_ALONE)
    assert label(outcome, NOW) is expected
    assert label(outcome, DAY_ALONE - timedelta(microseconds=1)) is LeftOut.NOT_KNOWN_YET
