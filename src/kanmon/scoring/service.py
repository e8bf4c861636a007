"""Score those whom the gate cleared, each by the model of the client that asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kanmon.features.service import FeatureTable
from kanmon.gate.decision import Clearance
from kanmon.ids import ApplicantNo, EvidenceId, ModelId
from kanmon.scoring.score import NotScorable, Score

REASONS_KEPT = 8
"""How many of the strongest signed contributions are kept for the person and the privacy owner."""


@dataclass(frozen=True, slots=True)
class ScoredApplicant:
    """The answer for one cleared applicant: a score or why there is none, and the consent it rests on."""

    applicant_no: ApplicantNo
    evidence_id: EvidenceId | None
    answer: Score | NotScorable
    model_id: ModelId | None = None
    contributions: Mapping[str, float] | None = None
    """Signed contributions to the index by feature, strongest first."""
    confirmed_at: datetime | None = None
    """When the consent that the client obtained was confirmed, where the score rests on it (scheme A)."""


class ScoringModel(Protocol):
    """A fitted model, as scoring needs it."""

    def index(self, features: FeatureTable) -> NDArray[np.float64]:
        """An index from 0 to 1 for each row, (n,); higher means more likely to leave."""

    def contributions(self, features: FeatureTable) -> tuple[list[str], NDArray[np.float64]]:
        """Names of the inputs, and the signed contribution of each to each row's index, (n, inputs)."""

    def knows_people_without_history(self) -> bool:
        """Whether it learned from enough people who had done nothing before `as_of`."""


def score_cleared(
    clearances: Sequence[Clearance], features: FeatureTable, model_id: ModelId, model: ScoringModel
) -> list[ScoredApplicant]:
    """Score each cleared applicant; `features` holds one row for each clearance, in that order.

    A person without any history is scored only by a model that learned from such people.
    """
    index = model.index(features)
    names, contributions = model.contributions(features)
    answers_empty = model.knows_people_without_history()
    has_history = features.has_history()
    strongest = np.argsort(-np.abs(contributions), axis=1)[:, :REASONS_KEPT]
    return [
        ScoredApplicant(
            applicant_no=clearance.applicant_no,
            evidence_id=clearance.evidence_id,
            answer=Score.from_index(float(index[row])),
            model_id=model_id,
            contributions={names[i]: round(float(contributions[row, i]), 6) for i in strongest[row]},
            confirmed_at=clearance.confirmed_at,
        )
        if has_history[row] or answers_empty
        else _without_score(clearance, NotScorable.NO_HISTORY)
        for row, clearance in enumerate(clearances)
    ]


def not_scorable(clearances: Sequence[Clearance], why: NotScorable) -> list[ScoredApplicant]:
    """The same answer for all: there is no score."""
    return [_without_score(clearance, why) for clearance in clearances]


def _without_score(clearance: Clearance, why: NotScorable) -> ScoredApplicant:
    return ScoredApplicant(clearance.applicant_no, clearance.evidence_id, why, confirmed_at=clearance.confirmed_at)
