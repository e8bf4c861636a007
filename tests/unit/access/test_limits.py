"""What is one client, and what the environment may set."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanmon.access.limits import DEFAULTS, WITHIN, BlockLimit, Limit, Limits, allowed_by, line_of
from kanmon.core.clock import Clock
from kanmon.core.errors import TooManyRequests, UsageError


class Hands(Clock):
    in_replays = False
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 4, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def real(self) -> datetime:
        return self.at

    @property
    def is_replay(self) -> bool:
        return False


class Counts:
    """Counts in memory, as the database keeps them."""

    def __init__(self) -> None:
        self.kept: dict[tuple[Limit, bytes], tuple[int, datetime]] = {}
        self.asked = 0

    def count(self, limit: Limit, whose: bytes, amount: int, at: datetime, ends_at: datetime) -> tuple[int, datetime]:
        self.asked += 1
        known, ends = self.kept.get((limit, whose), (0, at))
        self.kept[limit, whose] = (amount, ends_at) if ends <= at else (known + amount, ends)
        return self.kept[limit, whose]

    @contextmanager
    def begin(self) -> Iterator["Counts"]:
        yield self


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_one_line_is_one_client(address: str, line: str) -> None:
    assert line_of(address) == line


def test_the_environment_sets_limits_one_by_one() -> None:
    assert allowed_by({}) == DEFAULTS
    assert allowed_by({"KANMON_LIMIT_OIDC": "7", "KANMON_LIMIT_SIGN_IN": ""}) == {**DEFAULTS, Limit.OIDC: 7}


@pytest.mark.parametrize("written", ["0", "-1", "many", "1.5", "٣", " 7"])
def test_a_limit_that_is_no_whole_number_from_1_is_refused(written: str) -> None:
    with pytest.raises(UsageError, match="KANMON_LIMIT_API_EVENTS"):
        allowed_by({"KANMON_LIMIT_API_EVENTS": written})


@settings(deadline=None)
@given(
    allowed=st.integers(1, 3000),
    requests=st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 900), st.integers(0, 40)), max_size=12),
)
def test_in_blocks_no_minute_lets_more_through_than_twice_what_is_allowed(
    allowed: int, requests: list[tuple[str, int, int]]
) -> None:
    """Twice, since a minute of the count may end within a minute of the clock."""
    clock, counts = Hands(), Counts()
    limits = Limits(counts.begin, {**DEFAULTS, Limit.API_REQUESTS: allowed}, clock)
    processes = {name: BlockLimit(limits, Limit.API_REQUESTS, clock) for name in "ab"}
    through: list[datetime] = []
    for process, amount, pause in requests:
        clock.at += timedelta(seconds=pause)
        for _ in range(amount):
            limit = processes[process]
            try:
                if not limit.take("key"):
                    limit.take_block("key")
            except TooManyRequests:
                break
            through.append(clock.at)
    for at in set(through):
        assert sum(at <= other < at + WITHIN for other in through) <= 2 * allowed


def test_most_requests_cost_no_transaction() -> None:
    clock, counts = Hands(), Counts()
    limit = BlockLimit(Limits(counts.begin, DEFAULTS, clock), Limit.API_REQUESTS, clock)
    for _ in range(1000):
        if not limit.take("key"):
            limit.take_block("key")
    assert counts.asked == 10
