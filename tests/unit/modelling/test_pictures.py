"""Pictures of a model's card show what the card says."""

from gettext import NullTranslations
from xml.etree import ElementTree

import pytest
from scipy.stats import binomtest

from kanmon.core.charts import Picture
from kanmon.modelling.pictures import (
    base_rate_picture,
    calibration_picture,
    discrimination_picture,
    lift_picture,
    scores_picture,
    share_interval,
)

_ = NullTranslations().gettext
CARD = {
    "rows": 100,
    "positives": 20,
    "calibration": [{"mean_index": 0.1, "share_left": 0.08, "n": 50}, {"mean_index": 0.3, "share_left": 0.32, "n": 50}],
    "groups": [
        {"begins": 0.0, "ends": 0.5, "people": 50, "left": 4},
        {"begins": 0.5, "ends": 1.0, "people": 50, "left": 16},
    ],
    "tried": [{"auc": 0.7, "auc_standard_error": 0.05}],
    "untrained": {"auc_active_days": 0.6, "auc_recency": None},
}


def blocks(picture: Picture) -> list[dict[str, str]]:
    shapes = ElementTree.fromstring(picture.chart.svg()).iter("{http://www.w3.org/2000/svg}rect")
    return [shape.attrib for shape in shapes if "block" in shape.attrib.get("class", "")]


@pytest.mark.parametrize(("found", "people"), [(0, 10), (5, 10), (10, 10), (300, 4064)])
def test_intervals_are_wilsons(found: int, people: int) -> None:
    known = binomtest(found, people).proportion_ci(method="wilson")
    assert share_interval(found, people) == pytest.approx((known.low, known.high), abs=1e-4)
    assert share_interval(0, 0) == (0.0, 1.0)


def test_calibration_has_an_interval_and_a_count_for_each_group() -> None:
    picture = calibration_picture(CARD, _)
    assert [row[0] for row in picture.rows] == ["0.100", "0.300"]
    assert [row[3] for row in picture.rows] == ["50", "50"]
    assert [row[2] for row in picture.rows] == ["0.032–0.188", "0.208–0.458"]
    assert picture.chart.svg().count("<circle ") == 2


def test_lift_is_the_share_of_a_group_over_that_of_all() -> None:
    picture = lift_picture(CARD, _)
    assert picture is not None
    assert [row[3] for row in picture.rows] == ["0.40", "1.60"]
    low, high = (float(bar["height"]) for bar in blocks(picture))
    assert high == pytest.approx(4 * low, abs=0.5)
    assert lift_picture({**CARD, "groups": []}, _) is None
    few = [{"begins": 0.0, "ends": 1.0, "people": 9, "left": 4}]
    assert lift_picture({**CARD, "groups": few}, _) is None, "of fewer than ten people nothing is told"


def test_discrimination_stands_beside_the_untrained_orders_that_are_known() -> None:
    picture = discrimination_picture(CARD, _)
    assert [row[:2] for row in picture.rows] == [["This model", "0.700"], ["Active days", "0.600"]]
    assert picture.rows[0][2] == "0.602–0.798"
    assert len(discrimination_picture({**CARD, "untrained": None}, _).rows) == 1


def test_scores_of_two_years_are_counted_by_tenths() -> None:
    picture = scores_picture([0, 500, 10_000], [999, 1000], _)
    assert picture is not None
    assert picture.rows[0] == ["0.0–0.1", "2 (66.7%)", "1 (50.0%)"]
    assert picture.rows[1] == ["0.1–0.2", "0 (0.0%)", "1 (50.0%)"]
    assert picture.rows[9] == ["0.9–1.0", "1 (33.3%)", "0 (0.0%)"]
    assert scores_picture([], [1], _) is scores_picture([1], [], _) is None


def test_base_rates_are_told_version_by_version() -> None:
    picture = base_rate_picture([("A-1", 100, 20), ("A-2", 0, 0)], _)
    assert [row[3] for row in picture.rows] == ["20.0%", "0.0%"]
    assert picture.chart.svg().count("<circle ") == 2
