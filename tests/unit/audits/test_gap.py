"""What the published rule does on whole arrays, and which agreements came later than a delivery."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kanmon.audits.gap.model import Moments, agreed_later, gap_by_release, last_before
from kanmon.core.clock import from_microseconds, microseconds

SINCE, UNTIL = 4, 9
LEAST = np.iinfo(np.int64).min
MEMBERS = st.integers(1, 4)
HAPPENED = st.lists(st.tuples(MEMBERS, st.integers(0, 10)), max_size=12)
DELIVERED = st.lists(st.tuples(MEMBERS, st.integers(SINCE, UNTIL - 1)), max_size=8)
"""Few members and few moments, so that ties are common."""


def moments(rows: Sequence[tuple[int, int]]) -> Moments:
    table = np.array(rows, np.int64).reshape(-1, 2)
    return Moments(table[:, 0], table[:, 1])


@given(DELIVERED, HAPPENED)
def test_later_agreement_is_one_at_the_delivery_or_after_it(
    delivered: list[tuple[int, int]], agreed: list[tuple[int, int]]
) -> None:
    found = agreed_later(moments(delivered), moments(agreed))
    assert found.tolist() == [any(m == member and t >= at for m, t in agreed) for member, at in delivered]


@given(HAPPENED, HAPPENED)
def test_published_rule_takes_targets_who_used_nothing(
    targets: list[tuple[int, int]], used: list[tuple[int, int]]
) -> None:
    found = gap_by_release(moments(targets).member, moments(used).member)
    assert found.tolist() == sorted({member for member, _ in targets} - {member for member, _ in used})


def test_equal_moment_is_not_before() -> None:
    told = moments([(1, 5), (1, 3), (2, 1)])
    asked = moments([(1, 5), (1, 6), (1, 3), (3, 9), (2, 2)])
    assert last_before(asked, told).tolist() == [3, 5, LEAST, LEAST, 1]


def test_nothing_asked_or_told_is_answered() -> None:
    assert last_before(moments([]), moments([(1, 1)])).tolist() == []
    assert last_before(moments([(1, 1)]), moments([])).tolist() == [LEAST]
    assert gap_by_release(moments([(1, 1)]).member, moments([]).member).tolist() == [1]


@given(st.integers(0, 3_000_000_000_000_000))
def test_instant_comes_back_as_it_was(at: int) -> None:
    assert microseconds(from_microseconds(at)) == at
    assert from_microseconds(at) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
