"""How well scores foresaw outcomes: discrimination, the Brier score, calibration."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

CALIBRATION_BINS = 10


@dataclass(frozen=True)
class Evaluation:
    """Figures over n rows; AUC and average precision are None where all rows ended alike."""

    n: int
    positives: int
    auc: float | None
    average_precision: float | None
    brier: float | None
    brier_of_base_rate: float | None
    """What the Brier score would be if everyone got the share of positives among these very rows."""
    ece: float | None


@dataclass(frozen=True)
class CalibrationBin:
    """One of ten equally filled bins of scores: its mean score, the share that left, how many rows."""

    mean_index: float
    share_left: float
    n: int


def evaluate(index: NDArray[np.float64], left: NDArray[np.bool_]) -> Evaluation:
    """Figures for scores (n,) in 0 to 1 against whether each person left (n,)."""
    n, positives = len(left), int(left.sum())
    if n == 0:
        return Evaluation(0, 0, None, None, None, None, None)
    base_rate = positives / n
    both = 0 < positives < n
    return Evaluation(
        n=n,
        positives=positives,
        auc=float(roc_auc_score(left, index)) if both else None,
        average_precision=float(average_precision_score(left, index)) if both else None,
        brier=float(brier_score_loss(left, index)),
        brier_of_base_rate=base_rate * (1 - base_rate),
        ece=expected_calibration_error(index, left),
    )


def calibration(index: NDArray[np.float64], left: NDArray[np.bool_]) -> list[CalibrationBin]:
    """Scores in ten equally filled bins, lowest first; fewer where there are fewer rows."""
    order = np.argsort(index, kind="stable")
    return [
        CalibrationBin(float(index[rows].mean()), float(left[rows].mean()), len(rows))
        for rows in np.array_split(order, CALIBRATION_BINS)
        if len(rows)
    ]


def expected_calibration_error(index: NDArray[np.float64], left: NDArray[np.bool_]) -> float:
    """Mean distance between score and share that left over ten equally filled bins, weighted by their rows."""
    bins = calibration(index, left)
    return sum(abs(found.mean_index - found.share_left) * found.n for found in bins) / len(index)
