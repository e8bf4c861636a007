"""The log-odds of a cohort's rows taken apart by feature: what a model hands to whoever scores by it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class LogOddsParts:
    """Where each row of one cohort stands in each input, and what that adds to its log-odds."""

    names: Sequence[str]
    """Of the inputs."""
    below: NDArray[np.float64]
    """The share of those compared whose value is lower, (n, inputs)."""
    above: NDArray[np.float64]
    """The share of those compared whose value is higher, (n, inputs)."""
    parts: NDArray[np.float64]
    """What each input adds to each row's log-odds, (n, inputs)."""
    base: float
    """What every row has."""
    is_among_last_year: bool
    """Whether the cohort is too small to compare and was held against last year's."""
