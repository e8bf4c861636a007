"""Whose outcome is known by now, and says whether they left."""

from collections.abc import Iterable, Mapping

from kanmon.clients.contract import ScoreTarget
from kanmon.core.ids import ApplicantNo
from kanmon.modelling.outcome import Exclusion, KnownOutcome, label


def outcomes_known(
    predicted: Mapping[ApplicantNo, ScoreTarget], outcomes: Iterable[KnownOutcome]
) -> list[tuple[ApplicantNo, bool]]:
    """Those of the scored whose outcome says whether they left by what was predicted of them, and whether they did.

    An outcome counts as what it says by itself, whenever the score was computed.
    """
    answers = [
        (one.applicant_no, label(one, one.outcome_at, predicted[one.applicant_no]))
        for one in outcomes
        if one.applicant_no in predicted
    ]
    return [(number, answer) for number, answer in answers if not isinstance(answer, Exclusion)]
