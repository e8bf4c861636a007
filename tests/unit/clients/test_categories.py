"""Categories by cut-off and by share of the cohort: nobody is left out by rounding, equals stay together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanmon.clients.categories import Lopsidedness, category_of, counted_scores, with_cut_offs
from kanmon.clients.contract import ScoreCategory

CUT_OFFS = (ScoreCategory("★★★", 0.8), ScoreCategory("★★", 0.5), ScoreCategory("★", 0.0))
SHARES = (ScoreCategory("★★★", None, 0.1), ScoreCategory("★★", None, 0.3), ScoreCategory("★", None, 1.0))


def test_a_share_is_of_this_very_cohort() -> None:
    counts = counted_scores(range(0, 10_000, 100), SHARES)
    assert [(one.symbol, one.people, one.of) for one in counts] == [("★★★", 10, 100), ("★★", 20, 100), ("★", 70, 100)]
    assert with_cut_offs(SHARES, range(0, 10_000, 100))[0].cut_off == 0.9


@given(st.lists(st.integers(0, 10_000), min_size=1), st.floats(0.001, 1))
def test_a_share_holds_as_many_as_it_says_and_no_fewer_but_for_equals(scores: list[int], top: float) -> None:
    [category] = with_cut_offs([ScoreCategory("★", None, top)], scores)
    inside = [score for score in scores if category_of(score, [category])]
    assert inside
    assert len(inside) >= top * len(scores) - 1e-3
    without_the_lowest = [score for score in inside if score > min(inside)]
    assert len(without_the_lowest) < top * len(scores) + 1e-3
    assert all(score < min(inside) for score in scores if score not in inside)


def test_a_share_and_a_cut_off_may_stand_together_and_the_first_that_fits_counts() -> None:
    mixed = (ScoreCategory("★★★", 0.95), ScoreCategory("★★", None, 0.5), ScoreCategory("★", 0.0))
    counts = counted_scores([9_600, 9_000, 5_000, 100], mixed)
    assert [one.people for one in counts] == [1, 1, 2]


def test_without_any_score_a_share_begins_nowhere() -> None:
    assert with_cut_offs(SHARES, []) == SHARES
    assert category_of(10_000, SHARES) is None
    assert [one.lopsided for one in counted_scores([], SHARES)] == [None] * 3


@pytest.mark.parametrize(
    ("scores", "found"),
    [
        ([9_000, 6_000, 100], [None, None, None]),
        ([100] * 9 + [9_000], [None, Lopsidedness.NOBODY, Lopsidedness.NEARLY_ALL]),
        ([100] * 8 + [9_000, 9_000], [None, Lopsidedness.NOBODY, None]),
        ([8_000], [Lopsidedness.NEARLY_ALL, Lopsidedness.NOBODY, Lopsidedness.NOBODY]),
    ],
)
def test_a_category_that_tells_nobody_apart_is_named(scores: list[int], found: list[Lopsidedness | None]) -> None:
    assert [one.lopsided for one in counted_scores(scores, CUT_OFFS)] == found
