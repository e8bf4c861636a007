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
    """The facts of one model, or of a part, as plain values.

    Every figure comes from rows that the judged model had not seen.

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
        "validation": _rounded(asdict(evaluate(chosen.out_of_fold, left))),
        "untrained": _rounded(asdict(untrained)),
        "need": _need(chosen, len(left)),
        "scale": ScoreScale.POSITION.value,
        "groups": [asdict(group) for group in last_year.groups()],
        "calibration": [asdict(found) for found in calibration(chosen.out_of_fold, left)],
        "group_differences": None,
    }


def card_of_parts(
    parts: Sequence[Mapping[str, object]],
    out_of_fold: NDArray[np.float64],
    left: NDArray[np.bool_],
    left_out: Mapping[str, int],
    untrained: UntrainedOrder,
) -> dict[str, object]:
    """The facts of a model of two parts: over all people, each by the part that speaks of them, and each part's own."""
    return {
        "rows": len(left),
        "positives": int(left.sum()),
        "left_out": dict(left_out),
        "validation": _rounded(asdict(evaluate(out_of_fold, left))),
        "untrained": _rounded(asdict(untrained)),
        "need": None,
        "scale": ScoreScale.POSITION.value,
        "group_differences": None,
        "parts": [dict(part) for part in parts],
    }


def _rounded(figures: Mapping[str, object]) -> dict[str, object]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}


def _need(chosen: Validation, people: int) -> dict[str, int] | None:
    if chosen.is_accepted:
        return None
    need = needed_to_show(chosen.auc, chosen.auc_standard_error, people)
    return None if need is None else asdict(need)
