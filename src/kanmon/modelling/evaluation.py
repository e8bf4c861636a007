"""How well scores foresaw outcomes: discrimination with its intervals, the Brier score, calibration, categories."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from kanmon.clients.categories import category_of, with_cut_offs
from kanmon.clients.contract import ScoreCategory
from kanmon.features.untrained import UntrainedCounts
from kanmon.modelling.need import UntrainedOrder

CALIBRATION_BINS = 10
CONFIDENCE = 0.95
RESAMPLES = 1_000
SEED = 20190826


@dataclass(frozen=True)
class CategoryOutcome:
    """What became of the people in one category."""

    symbol: str
    n: int
    left: int
    """How many of them left."""
    share_left: float | None
    """None where there is nobody."""
    lift: float | None
    """That share by the share of all that left; None where either is not known or nobody left."""


@dataclass(frozen=True)
class Evaluation:
    """Figures over n rows; those of discrimination are None where all rows ended alike."""

    n: int
    positives: int
    auc: float | None
    average_precision: float | None
    brier: float | None
    brier_prior: float | None
    """What the Brier score would be if everyone got the share that left among these very rows."""
    ece: float | None


@dataclass(frozen=True)
class Intervals:
    """Intervals of 95 % by the percentile bootstrap: 1,000 samples drawn anew of those who left and who stayed."""

    auc_low: float | None
    auc_high: float | None
    average_precision_low: float | None
    average_precision_high: float | None


@dataclass(frozen=True)
class CalibrationBin:
    """One of ten equally filled bins of risks: the mean risk, the share that left, how many rows."""

    mean_index: float
    share_left: float
    n: int


def evaluate(risk: NDArray[np.float64], left: NDArray[np.bool_]) -> Evaluation:
    """Figures for calibrated risks (n,) against whether each person left (n,)."""
    n, positives = len(left), int(left.sum())
    if n == 0:
        return Evaluation(0, 0, None, None, None, None, None)
    base_rate = positives / n
    return Evaluation(
        n=n,
        positives=positives,
        auc=auc_of(risk, left),
        average_precision=float(average_precision_score(left, risk)) if 0 < positives < n else None,
        brier=float(brier_score_loss(left, risk)),
        brier_prior=base_rate * (1 - base_rate),
        ece=expected_calibration_error(risk, left),
    )


def auc_of(order: NDArray[np.float64], left: NDArray[np.bool_]) -> float | None:
    """The chance that one who left comes higher in an order (n,) than one who didn't; None where all ended alike."""
    if not 0 < left.sum() < len(left):
        return None
    finite = np.unique(order, return_inverse=True)[1]  # an order may end with infinity
    return float(roc_auc_score(left, finite))


def untrained_order(counts: UntrainedCounts, left: NDArray[np.bool_]) -> UntrainedOrder:
    """How well orders that need no training put these people, who left or not."""
    return UntrainedOrder(auc_of(counts.by_active_days, left), auc_of(counts.by_recency, left))


def intervals(risk: NDArray[np.float64], left: NDArray[np.bool_]) -> Intervals:
    """How far chance alone may have moved AUC and average precision; None where there are not two of either kind."""
    who_left, who_stayed = risk[left], risk[~left]
    if min(len(who_left), len(who_stayed)) < 2:
        return Intervals(None, None, None, None)
    return Intervals(*_interval(_auc, who_left, who_stayed), *_interval(_average_precision, who_left, who_stayed))


def category_outcomes(
    scores: NDArray[np.int64],
    left: NDArray[np.bool_],
    categories: Sequence[ScoreCategory],
    cohort: Sequence[int],
) -> tuple[CategoryOutcome, ...]:
    """What became of the people in each category, given their scores in ten-thousandths.

    Shares of a contract are of the whole `cohort`, whether or not it is known what became of each.
    """
    resolved = with_cut_offs(categories, cohort)
    reached = [category_of(int(score), resolved) for score in scores]
    symbols = np.asarray([category.symbol if category else "" for category in reached], dtype=object)
    base_rate = float(left.mean()) if len(left) else 0.0
    found = []
    for category in categories:
        inside = left[symbols == category.symbol]
        share = float(inside.mean()) if len(inside) else None
        lift = share / base_rate if share is not None and base_rate else None
        found.append(CategoryOutcome(category.symbol, len(inside), int(inside.sum()), share, lift))
    return tuple(found)


def calibration(index: NDArray[np.float64], left: NDArray[np.bool_]) -> list[CalibrationBin]:
    """Risks in ten equally filled bins, lowest first; fewer where there are fewer rows."""
    order = np.argsort(index, kind="stable")
    return [
        CalibrationBin(float(index[rows].mean()), float(left[rows].mean()), len(rows))
        for rows in np.array_split(order, CALIBRATION_BINS)
        if len(rows)
    ]


def expected_calibration_error(index: NDArray[np.float64], left: NDArray[np.bool_]) -> float:
    """Mean distance between risk and share that left over ten equally filled bins, weighted by their rows."""
    bins = calibration(index, left)
    return sum(abs(found.mean_index - found.share_left) * found.n for found in bins) / len(index)


def _interval(
    statistic: Callable[[NDArray[np.float64], NDArray[np.float64]], float],
    who_left: NDArray[np.float64],
    who_stayed: NDArray[np.float64],
) -> tuple[float, float]:
    found = bootstrap(
        (who_left, who_stayed),
        statistic,
        vectorized=False,
        method="percentile",
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return float(found.low), float(found.high)


def _auc(who_left: NDArray[np.float64], who_stayed: NDArray[np.float64]) -> float:
    """As `roc_auc_score`, a thousand times over."""
    stayed = np.sort(who_stayed)
    below = np.searchsorted(stayed, who_left, "left") + np.searchsorted(stayed, who_left, "right")
    return float(below.sum() / (2 * len(who_left) * len(stayed)))


def _average_precision(who_left: NDArray[np.float64], who_stayed: NDArray[np.float64]) -> float:
    """As `average_precision_score`, a thousand times over."""
    kinds = np.concatenate([np.ones(len(who_left)), np.zeros(len(who_stayed))])
    risks = np.concatenate([who_left, who_stayed])
    order = np.argsort(-risks, kind="stable")
    last_of_equals = np.r_[np.diff(risks[order]) != 0, True]
    hits = np.cumsum(kinds[order])[last_of_equals]
    precision = hits / (np.flatnonzero(last_of_equals) + 1)
    return float(np.sum(np.diff(hits, prepend=0) * precision) / len(who_left))
