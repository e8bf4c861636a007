"""The label, as the contract has it."""

from datetime import UTC, datetime

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
