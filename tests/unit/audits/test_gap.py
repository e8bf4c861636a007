"""The two rules on whole arrays answer what the requirements' own SQL answers, and differ just where they should."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kanmon.audits.gap.model import Moments, agreed_later, gap_by_law, gap_by_release, last_before
from kanmon.core.clock import from_microseconds, microseconds

SINCE, UNTIL = 4, 9
LEAST = np.iinfo(np.int64).min
MEMBERS = st.integers(1, 4)
HAPPENED = st.lists(st.tuples(MEMBERS, st.integers(0, 10)), max_size=12)
DELIVERED = st.lists(st.tuples(MEMBERS, st.integers(SINCE, UNTIL - 1)), max_size=8)
"""Few members and few moments, so that ties are common."""

Q_STRICT = """
SELECT d.rowid - 1 FROM delivery d
WHERE NOT EXISTS (SELECT 1 FROM agreement c WHERE c.member = d.member AND c.at < d.at
    AND NOT EXISTS (SELECT 1 FROM ending w WHERE w.member = c.member AND w.at >= c.at AND w.at < d.at))
ORDER BY 1
"""


def moments(rows: Sequence[tuple[int, int]]) -> Moments:
    table = np.array(rows, np.int64).reshape(-1, 2)
    return Moments(table[:, 0], table[:, 1])


def within(rows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(member, at) for member, at in rows if SINCE <= at < UNTIL]


@given(DELIVERED, HAPPENED, HAPPENED)
def test_strict_rule_is_the_sql_of_the_requirements(
    delivered: list[tuple[int, int]], agreed: list[tuple[int, int]], ended: list[tuple[int, int]]
) -> None:
    with sqlite3.connect(":memory:") as con:
        for table, rows in (("delivery", delivered), ("agreement", agreed), ("ending", ended)):
            con.execute(f"CREATE TABLE {table} (member INT, at INT)")
            con.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)
        wanted = [place for (place,) in con.execute(Q_STRICT)]
    con.close()
    found = gap_by_law(moments(delivered), moments(agreed), moments(ended))
    assert np.flatnonzero(found).tolist() == wanted


@given(DELIVERED, HAPPENED)
def test_later_agreement_is_one_at_the_delivery_or_after_it(
    delivered: list[tuple[int, int]], agreed: list[tuple[int, int]]
) -> None:
    found = agreed_later(moments(delivered), moments(agreed))
    assert found.tolist() == [any(m == member and t >= at for m, t in agreed) for member, at in delivered]


@given(DELIVERED, HAPPENED)
def test_rules_differ_by_those_who_first_agreed_after_a_delivery(
    delivered: list[tuple[int, int]], used: list[tuple[int, int]]
) -> None:
    """P1 and P2, in the world of the release: screens of functions show the covering text from `SINCE` on."""
    covering = [(member, at) for member, at in used if at >= SINCE]
    deliveries = moments(delivered)
    release = set(gap_by_release(deliveries.member, moments(within(used)).member).tolist())
    is_open = gap_by_law(deliveries, moments(covering), moments([]))
    strict = set(deliveries.member[is_open].tolist())

    assert release <= strict
    first_delivery = {m: min(at for member, at in delivered if member == m) for m in dict(delivered)}
    first_agreed = {m: min(at for member, at in covering if member == m) for m in dict(covering)}
    assert strict - release == {
        member for member, at in first_delivery.items() if at <= first_agreed.get(member, UNTIL) < UNTIL
    }


def test_equal_moment_is_not_before() -> None:
    told = moments([(1, 5), (1, 3), (2, 1)])
    asked = moments([(1, 5), (1, 6), (1, 3), (3, 9), (2, 2)])
    assert last_before(asked, told).tolist() == [3, 5, LEAST, LEAST, 1]


def test_nothing_asked_or_told_is_answered() -> None:
    assert last_before(moments([]), moments([(1, 1)])).tolist() == []
    assert last_before(moments([(1, 1)]), moments([])).tolist() == [LEAST]
    assert gap_by_law(moments([(1, 1)]), moments([]), moments([])).tolist() == [True]


@given(st.integers(0, 3_000_000_000_000_000))
def test_instant_comes_back_as_it_was(at: int) -> None:
    assert microseconds(from_microseconds(at)) == at
    assert from_microseconds(at) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
