"""What words promise of the provision: read from their values, kept by the strictest, unreadable as the most."""

from datetime import datetime, timedelta

import pytest

from kanmon.consent.policy import Clause, Element, Statement
from kanmon.consent.promises import NO_PROMISES, Frequency, Promises, promises_of
from kanmon.core.clock import TOKYO
from tests.unit.consent.texts import COVERING, saying, with_clause

E = Element


def test_plain_words_promise_nothing_that_a_machine_keeps() -> None:
    assert promises_of(COVERING) == NO_PROMISES


def test_a_promise_binds_in_whichever_clause_it_stands_and_the_strictest_does() -> None:
    loose = saying(COVERING, E.TIMING, Statement("毎日", "once_a_day"))
    clause = Clause(
        "c9", {E.MEANS: Statement("暗号化", "encrypted_file"), E.TIMING: Statement("月一回", "once_a_month")}
    )
    assert promises_of(loose) == Promises(frequency=Frequency.DAILY)
    assert promises_of(with_clause(loose, clause)) == Promises(is_encrypted=True, frequency=Frequency.MONTHLY)


def test_a_value_that_cannot_be_read_promises_the_most() -> None:
    unread = saying(saying(COVERING, E.TIMING, Statement("…", "now and then")), E.MEANS, Statement("…", "by pigeon"))
    assert promises_of(unread) == Promises(is_encrypted=True, frequency=Frequency.ONCE)


@pytest.mark.parametrize(
    ("frequency", "provided", "again"),
    [
        (Frequency.DAILY, "2026-03-31 10:00", "2026-04-01 10:00"),
        (Frequency.WEEKLY, "2026-03-31 10:00", "2026-04-07 10:00"),
        (Frequency.MONTHLY, "2026-03-15 10:00", "2026-04-15 10:00"),
        (Frequency.MONTHLY, "2026-12-15 10:00", "2027-01-15 10:00"),
        (Frequency.MONTHLY, "2026-01-31 10:00", "2026-03-01 00:00"),
        (Frequency.MONTHLY, "2026-01-31 00:30", "2026-03-01 00:00"),
        (Frequency.YEARLY, "2028-02-29 10:00", "2029-03-01 00:00"),
    ],
)
def test_a_score_goes_again_no_earlier_than_promised(frequency: Frequency, provided: str, again: str) -> None:
    at = datetime.fromisoformat(provided).replace(tzinfo=TOKYO)
    assert frequency.next_after(at) == datetime.fromisoformat(again).replace(tzinfo=TOKYO)


def test_what_goes_once_a_season_does_not_go_again() -> None:
    at = datetime(2026, 4, 1, tzinfo=TOKYO)
    assert Frequency.ONCE.next_after(at) > at + timedelta(days=1000 * 366)
