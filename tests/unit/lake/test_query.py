"""What is asked of the lake about cleared people."""

from datetime import timedelta

import ibis
import pyarrow as pa
import pytest

from kanmon.lake.browser import EARLIEST_MS
from kanmon.lake.event import DAY_MS, TOKYO_OFFSET_MS
from kanmon.lake.query import cleared_table, events_before
from tests.engines.cases import AS_OF, AS_OF_MS, cleared


def test_a_moment_is_never_rounded_up_so_that_nothing_after_it_is_let_in() -> None:
    asked = cleared_table([cleared("C1", 1, AS_OF + timedelta(microseconds=999))])
    assert asked["as_of"].to_pylist() == [AS_OF_MS]


DAY_ALONE = AS_OF_MS - (AS_OF_MS + TOKYO_OFFSET_MS) % DAY_MS + DAY_MS - 1
"""The last millisecond of the day of `AS_OF` in Tokyo, at which an event lies that is dated by that day alone."""


def asked_of(t: int, since: int, until: int, gone: tuple[int, int] | None = None) -> list[int]:
    """The times of an event's case in which it counts, being a person's from `since` to before `until`."""
    case = {"row": 0, "cohort": 0, "own_target": 1, "as_of": until}
    subjects = ibis.memtable(pa.Table.from_pylist([{**case, "subject": 7, "since": since, "until": until}]))
    event = {"subject": 7, "t": t, "kind": 1, "target": 1, "page": 1, "weight": 1, "site": 0}
    events = ibis.memtable(pa.Table.from_pylist([event]))
    corrected = None
    if gone is not None:
        stretch = {"row": 0, "subject": 7, "since": gone[0], "until": gone[1]}
        corrected = ibis.memtable(pa.Table.from_pylist([stretch]))
    found = events_before(subjects, events, corrected).to_pyarrow()
    times: list[int] = found["t"].to_pylist()
    return times


@pytest.mark.parametrize(
    ("since", "until", "counts"),
    [
        (DAY_ALONE - DAY_MS + 1, DAY_ALONE + 1, True),
        (DAY_ALONE - DAY_MS + 2, DAY_ALONE + 1, False),
        (EARLIEST_MS, DAY_ALONE, False),
        (EARLIEST_MS, AS_OF_MS, False),
        (EARLIEST_MS, DAY_ALONE + 1, True),
    ],
)
def test_an_event_dated_by_a_day_alone_counts_where_each_moment_of_the_day_does(
    since: int, until: int, counts: bool
) -> None:
    assert asked_of(DAY_ALONE, since, until) == ([DAY_ALONE] if counts else [])
    exact = DAY_ALONE - 1
    assert asked_of(exact, since, until) == ([exact] if since <= exact < until else [])


@pytest.mark.parametrize(
    ("gone", "counts"),
    [
        ((AS_OF_MS, AS_OF_MS + 1), False),
        ((EARLIEST_MS, DAY_ALONE - DAY_MS + 2), False),
        ((EARLIEST_MS, DAY_ALONE - DAY_MS + 1), True),
        ((DAY_ALONE + 1, -EARLIEST_MS), True),
    ],
)
def test_a_correction_takes_away_what_may_lie_in_it(gone: tuple[int, int], counts: bool) -> None:
    assert asked_of(DAY_ALONE, EARLIEST_MS, -EARLIEST_MS, gone) == ([DAY_ALONE] if counts else [])
