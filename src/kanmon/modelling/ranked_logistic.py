"""The model itself: a ridge logistic regression on ranks within the cohort, each weight with a fixed sign.

Ranks lie between 0 and 1 whatever a feature does from one year to the next, so that a near-constant that jumps can't
send scores to the ceiling; fixed signs keep a small cohort from learning that activity is a bad sign. The fitted
model is a handful of numbers, kept as JSON and readable without this program.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import rankdata

from kanmon.features.service import EVERYBODY, NOT_COMPARED
from kanmon.modelling.inputs import Direction, ModelInput

RIDGE = 10.0
"""The penalty on the squared weights, in rows: small cohorts are drawn towards their base rate."""
QUANTILES = np.linspace(0, 1, 101)
SMALL_COHORT = 30
"""Below this many rows a rank within the cohort says little: last year's distribution ranks instead."""

Matrix = NDArray[np.float64]
Groups = NDArray[np.int64]
"""Who is compared with whom in each input, as `FeatureTable.groups` has it."""


@dataclass(frozen=True)
class RankedLogistic:
    """A fitted model: logit of the index = intercept + sum of weight x (rank - 1/2)."""

    inputs: tuple[ModelInput, ...]
    intercept: float
    weights: tuple[float, ...]
    quantiles: tuple[tuple[float, ...], ...]
    """Last year's distribution of each input at 0, 1 ... 100 hundredths."""

    def index(self, values: Matrix, groups: Groups | None = None) -> NDArray[np.float64]:
        """Values of the inputs (n, inputs) of one whole cohort to an index from 0 to 1, (n,)."""
        return np.asarray(expit(self.intercept + self.contributions(values, groups).sum(axis=1)))

    def contributions(self, values: Matrix, groups: Groups | None = None) -> Matrix:
        """The signed part of each input in each row's logit, (n, inputs)."""
        return self.parts(*self.standing(values, groups))

    def parts(self, below: Matrix, above: Matrix) -> Matrix:
        """The same from where each value stands."""
        return np.asarray((below - above) / 2 * np.asarray(self.weights))

    def standing(self, values: Matrix, groups: Groups | None = None) -> tuple[Matrix, Matrix]:
        """The shares of those compared whose value is lower and higher, both (n, inputs); the rest have the same.

        `groups` says who is compared with whom; whoever is with nobody, or with too few, has both shares a half.
        """
        if len(values) >= SMALL_COHORT:
            return tuple(_within(values, groups, _shares))
        columns = [(column, np.asarray(known)) for column, known in zip(values.T, self.quantiles, strict=True)]
        below = [np.searchsorted(known, column, side="left") / len(known) for column, known in columns]
        up_to = [np.searchsorted(known, column, side="right") / len(known) for column, known in columns]
        standing = np.stack([np.column_stack(below), 1 - np.column_stack(up_to)])
        return tuple(standing if groups is None else np.where(groups == EVERYBODY, standing, 0.5))

    def to_json(self) -> bytes:
        """The model in a form that any program can read."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def from_json(cls, stored: bytes) -> "RankedLogistic":
        """The model from its stored form."""
        found = json.loads(stored)
        return cls(
            inputs=tuple(ModelInput(one["feature"], Direction(one["direction"])) for one in found["inputs"]),
            intercept=found["intercept"],
            weights=tuple(found["weights"]),
            quantiles=tuple(tuple(one) for one in found["quantiles"]),
        )


def fit(
    inputs: Sequence[ModelInput], values: Matrix, left: NDArray[np.bool_], groups: Groups | None = None
) -> RankedLogistic:
    """Fit on one client's past cohort: values (n, inputs), and whether each person left (n,); both must occur."""
    intercept, weights = _fit_ranks(inputs, ranks(values, groups), left)
    quantiles = np.quantile(values, QUANTILES, axis=0).T
    return RankedLogistic(
        tuple(inputs), intercept, weights, tuple(tuple(float(q) for q in column) for column in quantiles)
    )


def fitted_index(
    inputs: Sequence[ModelInput], known: Matrix, left: NDArray[np.bool_], asked: Matrix
) -> NDArray[np.float64]:
    """Fit on ranks (n, inputs) of some rows and give the index of other rows of the same cohort: for validation."""
    intercept, weights = _fit_ranks(inputs, known, left)
    return np.asarray(expit(intercept + (asked - 0.5) @ np.asarray(weights)))


def ranks(values: Matrix, groups: Groups | None = None) -> Matrix:
    """Each column's ranks among those compared, from 0 to 1, ties sharing their mean rank."""
    return _within(values, groups, lambda compared: (rankdata(compared, axis=0) - 0.5) / len(compared))


def _shares(compared: Matrix) -> Matrix:
    """The shares of those compared whose value is lower, and higher, (2, n, inputs)."""
    lowest, highest = rankdata(compared, "min", axis=0), rankdata(compared, "max", axis=0)
    return np.stack([(lowest - 1) / len(compared), 1 - highest / len(compared)])


def _within(values: Matrix, groups: Groups | None, standing: Callable[[Matrix], Matrix]) -> Matrix:
    """Where each value stands among those compared; a half for whoever is compared with nobody, or with too few."""
    found = np.array(standing(values))
    if groups is None:
        return found
    for place in np.flatnonzero((groups != EVERYBODY).any(axis=0)):
        found[..., place] = 0.5
        for group in set(groups[:, place].tolist()) - {NOT_COMPARED}:
            alike = groups[:, place] == group
            if alike.sum() >= SMALL_COHORT:
                found[..., alike, place] = standing(values[alike, place : place + 1])[..., 0]
    return found


def _fit_ranks(inputs: Sequence[ModelInput], known: Matrix, left: NDArray[np.bool_]) -> tuple[float, tuple[float, ...]]:
    centred = known - 0.5
    n = len(left)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logit = parameters[0] + centred @ parameters[1:]
        weights = parameters[1:]
        value = np.sum(np.logaddexp(0, logit) - left * logit) + RIDGE / 2 * weights @ weights
        residual = expit(logit) - left
        slope = np.r_[residual.sum(), centred.T @ residual + RIDGE * weights]
        return float(value / n), slope / n

    base_rate = left.mean()
    start = np.r_[np.log(base_rate / (1 - base_rate)), np.zeros(len(inputs))]
    bounds = [(None, None), *(_BOUNDS[one.direction] for one in inputs)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return float(found.x[0]), tuple(float(weight) for weight in found.x[1:])


_BOUNDS: dict[Direction, tuple[float | None, float | None]] = {
    Direction.RAISES: (0.0, None),
    Direction.LOWERS: (None, 0.0),
    Direction.EITHER: (None, None),
}
