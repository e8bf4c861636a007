"""The label, as the contract has it."""

from datetime import UTC, datetime, timedelta

import pytest

from kanmon.core.ids import ApplicantNo
from kanmon.modelling.outcome import Exclusion, KnownOutcome, SelectionOutcome, label

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)
AFTER = datetime(2026, 5, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("outcome", "at", "expected"),
    [
        (SelectionOutcome.SELECTION_WITHDRAWAL, AFTER, True),
        (SelectionOutcome.OFFER_DECLINE, AFTER, True),
        (SelectionOutcome.OFFER_DECLINE, AS_OF, True),
        (SelectionOutcome.SELECTION_WITHDRAWAL, BEFORE, Exclusion.WITHDREW_BEFORE_AS_OF),
        (SelectionOutcome.JOINED, AFTER, False),
        (SelectionOutcome.JOINED, BEFORE, False),
        (SelectionOutcome.OTHER, AFTER, False),
        (SelectionOutcome.REJECTED, AFTER, Exclusion.REJECTED),
        (SelectionOutcome.REJECTED, BEFORE, Exclusion.REJECTED),
        (SelectionOutcome.JOINED, datetime(2026, 6, 2, tzinfo=UTC), Exclusion.NOT_KNOWN_YET),
    ],
)
def test_label(outcome: SelectionOutcome, at: datetime, expected: bool | Exclusion) -> None:
    assert label(KnownOutcome(ApplicantNo(1), AS_OF, outcome, at), NOW) is expected


DAY_ALONE = datetime(2026, 4, 1, 14, 59, 59, 999999, tzinfo=UTC)
"""1 April, in Tokyo, as a file that names no time is read."""


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (datetime(2026, 3, 31, 15, tzinfo=UTC), True),
        (datetime(2026, 3, 31, 15, 0, 0, 1, tzinfo=UTC), Exclusion.WITHDREW_BEFORE_AS_OF),
        (datetime(2026, 4, 2, tzinfo=UTC), Exclusion.WITHDREW_BEFORE_AS_OF),
    ],
)
def test_a_withdrawal_dated_by_a_day_alone_may_have_come_in_its_first_moment(
    as_of: datetime, expected: bool | Exclusion
) -> None:
    outcome = KnownOutcome(ApplicantNo(1), as_of, SelectionOutcome.SELECTION_WITHDRAWAL, DAY_ALONE)
    assert label(outcome, NOW) is expected
    assert label(outcome, DAY_ALONE - timedelta(microseconds=1)) is Exclusion.NOT_KNOWN_YET
