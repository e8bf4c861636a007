"""Scores are whole ten-thousandths; "no score" is never among them."""

import pytest

from kanmon.clients.categories import category_of
from kanmon.clients.contract import ScoreCategory
from kanmon.scoring.score import Score

STARS = (ScoreCategory("★★★", 0.8), ScoreCategory("★★", 0.5), ScoreCategory("★", 0.1))


@pytest.mark.parametrize(
    ("index", "written"), [(0.0, "0.0000"), (0.4, "0.4000"), (0.99996, "1.0000"), (1.0, "1.0000"), (0.00004, "0.0000")]
)
def test_is_written_with_four_places(index: float, written: str) -> None:
    assert str(Score.nearest(index)) == written


@pytest.mark.parametrize("outside", [-1, 10_001])
def test_lies_between_0_and_1(outside: int) -> None:
    with pytest.raises(ValueError, match="between 0 and 10000"):
        Score(outside)


@pytest.mark.parametrize(
    ("ten_thousandths", "symbol"),
    [(8000, "★★★"), (7999, "★★"), (5000, "★★"), (4999, "★"), (1000, "★"), (999, None), (0, None)],
)
def test_takes_the_highest_category_it_reaches(ten_thousandths: int, symbol: str | None) -> None:
    found = category_of(ten_thousandths, STARS)
    assert (found.symbol if found else None) == symbol


def test_has_no_category_where_the_contract_has_none() -> None:
    assert category_of(5000, ()) is None
