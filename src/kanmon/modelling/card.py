"""The facts of a model card: what a model learned from, how well it does, what it can't do."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from kanmon.modelling.evaluation import calibration, evaluate
from kanmon.modelling.ranked_logistic import RankedLogistic
from kanmon.modelling.validation import Validation


def model_card(
    model: RankedLogistic,
    validations: Sequence[Validation],
    left: NDArray[np.bool_],
    left_out: Mapping[str, int],
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
        "calibration": [asdict(found) for found in calibration(chosen.out_of_fold, left)],
        "group_differences": None,
    }
