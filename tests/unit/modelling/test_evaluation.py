"""Figures of an evaluation against their own definitions, and what chance may have done to them."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from kanmon.clients.contract import ScoreCategory
from kanmon.modelling.evaluation import _auc, _average_precision, auc_of, category_outcomes, evaluate, intervals

DRAWN = np.random.default_rng(7)
RISK = np.round(DRAWN.beta(2, 6, 500), 2)
LEFT = DRAWN.random(500) < RISK


def test_what_is_drawn_anew_is_judged_as_the_library_judges() -> None:
    assert _auc(RISK[LEFT], RISK[~LEFT]) == pytest.approx(roc_auc_score(LEFT, RISK))
    assert _average_precision(RISK[LEFT], RISK[~LEFT]) == pytest.approx(average_precision_score(LEFT, RISK))


def test_intervals_hold_the_figure_and_narrow_with_people() -> None:
    found, figures = intervals(RISK, LEFT), evaluate(RISK, LEFT)
    assert found.auc_low is not None
    assert found.auc_high is not None
    assert figures.auc is not None
    assert found.auc_low < figures.auc < found.auc_high
    few = intervals(RISK[:80], LEFT[:80])
    assert few.auc_low is not None
    assert few.auc_high is not None
    assert few.auc_high - few.auc_low > 1.5 * (found.auc_high - found.auc_low)
    assert intervals(RISK, np.zeros(500, bool)).auc_low is None


def test_an_order_may_end_with_infinity() -> None:
    assert auc_of(np.array([1.0, np.inf, 2.0]), np.array([False, True, False])) == 1.0
    assert auc_of(np.array([1.0, 2.0]), np.array([True, True])) is None


def test_categories_tell_people_share_and_lift() -> None:
    categories = (ScoreCategory("A", 0.5), ScoreCategory("B", 0.2), ScoreCategory("C", 0.0))
    scores, left = np.array([6_000, 7_000, 100, 200]), np.array([True, False, False, False])
    high, middle, low = category_outcomes(scores, left, categories, scores.tolist())
    assert (high.n, high.left, high.share_left, high.lift) == (2, 1, 0.5, 2.0)
    assert (middle.n, middle.left, middle.share_left, middle.lift) == (0, 0, None, None)
    assert (low.n, low.left, low.share_left, low.lift) == (2, 0, 0.0, 0.0)


def test_a_share_is_of_all_scored_whether_or_not_their_outcome_is_known() -> None:
    [top] = category_outcomes(
        np.array([5_000]), np.array([True]), [ScoreCategory("A", None, 0.5)], [5_000, 9_000, 9_100, 100]
    )
    assert top.n == 0
