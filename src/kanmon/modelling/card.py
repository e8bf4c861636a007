"""The facts of a model card: what a model learned from, how well it does, what it can't do."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from kanmon.clients.categories import ScoreScale
from kanmon.modelling.evaluation import calibration, evaluate
from kanmon.modelling.last_year import LastYear
from kanmon.modelling.need import UntrainedOrder, needed_to_show
from kanmon.modelling.ranked_logistic import RankedLogistic
from kanmon.modelling.validation import Validation


def model_card(
    model: RankedLogistic,
    validations: Sequence[Validation],
    left: NDArray[np.bool_],
    left_out: Mapping[str, int],
    last_year: LastYear,
    untrained: UntrainedOrder,
) -> dict[str, object]:
    """The card's facts as plain values; every figure comes from rows that the judged model had not seen.

    Rows of people rejected by the client are among those left out: they are censored, since the client ended the
    selection before they could. Folders carry no groups (sex, age ...), so group differences are not known: None.
    """
    chosen = validations[0]
    return {
        "rows": len(left),
        "positives": int(left.sum()),
        "left_out": dict(left_out),
        "inputs": [
            {"feature": one.feature, "direction": one.direction.name.lower(), "weight": round(weight, 4)}
            for one, weight in zip(model.inputs, model.weights, strict=True)
        ],
        "input_set": chosen.inputs.name,
        "tried": [
            {
                "input_set": tried.inputs.name,
                "auc": round(tried.auc, 4),
                "auc_standard_error": round(tried.auc_standard_error, 4),
            }
            for tried in validations
        ],
        "validation": {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in asdict(evaluate(chosen.out_of_fold, left)).items()
        },
        "untrained": {name: None if auc is None else round(auc, 4) for name, auc in asdict(untrained).items()},
        "need": _need(chosen, len(left)),
        "scale": ScoreScale.POSITION.value,
        "groups": [asdict(group) for group in last_year.groups()],
        "calibration": [asdict(found) for found in calibration(chosen.out_of_fold, left)],
        "group_differences": None,
    }


def _need(chosen: Validation, people: int) -> dict[str, int] | None:
    if chosen.is_accepted:
        return None
    need = needed_to_show(chosen.auc, chosen.auc_standard_error, people)
    return None if need is None else asdict(need)
