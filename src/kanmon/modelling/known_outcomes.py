"""Scores beside the outcomes that are known by now."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from kanmon.core.ids import ApplicantNo
from kanmon.modelling.outcome import Exclusion, KnownOutcome, label


def against_outcomes(
    scores: Mapping[ApplicantNo, float], outcomes: Iterable[KnownOutcome]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The scores (n,), 0 to 1, of those whose outcome says whether they left, and whether they did (n,).

    An outcome counts as what it says by itself, whenever the score was computed.
    """
    answers = [(one.applicant_no, label(one, one.outcome_at)) for one in outcomes if one.applicant_no in scores]
    known = [(scores[number], answer) for number, answer in answers if not isinstance(answer, Exclusion)]
    return np.asarray([score for score, _ in known], np.float64), np.asarray([left for _, left in known], np.bool_)
