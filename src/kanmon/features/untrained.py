"""Orders that need no training: who was active on fewer days of late, and who has been away longer.

A model that doesn't do better than these is worth nothing; they are kept with each score and told beside each model.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kanmon.features.service import FeatureTable

ACTIVE_DAYS = "own_active_days_28d"
RECENCY = "own_recency"


@dataclass(frozen=True)
class UntrainedCounts:
    """The days with any action about the client in 28, (n,), and the days since the last one, NaN where none, (n,)."""

    active_days: NDArray[np.float64]
    recency: NDArray[np.float64]

    @classmethod
    def of(cls, features: FeatureTable) -> "UntrainedCounts":
        """The counts of each row."""
        return cls(features.column(ACTIVE_DAYS), features.column(RECENCY))

    @property
    def by_active_days(self) -> NDArray[np.float64]:
        """Higher for fewer days."""
        return -self.active_days

    @property
    def by_recency(self) -> NDArray[np.float64]:
        """Higher for a longer absence; whoever never acted comes last of all."""
        return np.where(np.isnan(self.recency), np.inf, self.recency)
