"""Choose a set of inputs by validation inside last year; this year's outcomes are never looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold

from kanmon.features.definition import OF_COVERED_SITES
from kanmon.features.service import NOT_COMPARED, FeatureTable
from kanmon.modelling.inputs import InputSet, with_partner_sites
from kanmon.modelling.need import MIN_OF_EACH
from kanmon.modelling.ranked_logistic import SMALL_COHORT, fitted_index, ranks

FOLDS = 5
REPEATS = 4
SEED = 20190826


@dataclass(frozen=True)
class Validation:
    """How one set of inputs did on rows left out of its fitting, over repeated stratified folds."""

    inputs: InputSet
    auc: float
    auc_standard_error: float
    """Of the mean over the folds."""
    brier: float
    brier_of_base_rate: float
    out_of_fold: NDArray[np.float64]
    """The calibrated risk of each row (n,), mean over repeats, each time from a model that did not see the row."""
    fold_aucs: NDArray[np.float64]
    """Of each fold of each repeat; the same folds for every set of inputs."""

    @property
    def is_accepted(self) -> bool:
        """Whether it ranks better than chance by more than a standard error, and no worse than the base rate."""
        return self.auc - self.auc_standard_error > 0.5 and self.brier <= self.brier_of_base_rate


def validate(inputs: InputSet, table: FeatureTable, left: NDArray[np.bool_]) -> Validation:
    """Repeated five-fold validation of one set of inputs on one client's past cohort."""
    names = [one.feature for one in inputs.inputs]
    known = ranks(table.matrix(names), table.groups(names))
    splitter = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=REPEATS, random_state=SEED)
    aucs = []
    total = np.zeros(len(left))
    for fitted_on, asked in splitter.split(known, left):
        index = fitted_index(inputs.inputs, known[fitted_on], left[fitted_on], known[asked])
        total[asked] += index
        aucs.append(roc_auc_score(left[asked], index))
    out_of_fold = total / REPEATS
    base_rate = left.mean()
    return Validation(
        inputs=inputs,
        auc=float(np.mean(aucs)),
        auc_standard_error=float(np.std(aucs, ddof=1) / np.sqrt(FOLDS)),
        brier=float(np.mean((out_of_fold - left) ** 2)),
        brier_of_base_rate=float(base_rate * (1 - base_rate)),
        out_of_fold=out_of_fold,
        fold_aucs=np.asarray(aucs),
    )


def choose(candidates: Sequence[InputSet], table: FeatureTable, left: NDArray[np.bool_]) -> list[Validation]:
    """Validate every candidate; the chosen one comes first.

    Candidates are given from the smallest to the largest. A larger one replaces the one chosen so far only where its
    AUC is better by more than one standard error.
    """
    validated = [validate(candidate, table, left) for candidate in candidates]
    chosen = validated[0]
    for challenger in validated[1:]:
        if challenger.auc > chosen.auc + challenger.auc_standard_error:
            chosen = challenger
    return [chosen, *(other for other in validated if other is not chosen)]


def beside_partner_sites(
    validated: Sequence[Validation], table: FeatureTable, left: NDArray[np.bool_]
) -> list[Validation]:
    """Validate the chosen set together with what people did on partner sites, too; the chosen one comes first.

    The wider set is chosen where it is better on the same folds by more than one standard error of the difference. It
    is not tried where too few can be compared by it, of whose words name the same sites.
    """
    chosen = validated[0]
    groups = table.groups(sorted(OF_COVERED_SITES)[:1])[:, 0]
    _, place, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    compared = left[(groups != NOT_COMPARED) & (sizes[place] >= SMALL_COHORT)]
    if min(compared.sum(), (~compared).sum()) < MIN_OF_EACH:
        return list(validated)
    wider = validate(with_partner_sites(chosen.inputs), table, left)
    gains = wider.fold_aucs - chosen.fold_aucs
    is_better = gains.mean() > np.std(gains, ddof=1) / np.sqrt(FOLDS)
    return [wider, *validated] if is_better else [chosen, wider, *validated[1:]]
