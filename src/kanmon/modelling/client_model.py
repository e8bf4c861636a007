"""Registered models made usable again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kanmon.clients.categories import ScoreScale
from kanmon.clients.contract import ScoreTarget
from kanmon.features.parts import LogOddsParts
from kanmon.features.service import FeatureTable
from kanmon.modelling.last_year import LastYear
from kanmon.modelling.ranked_logistic import SMALL_COHORT, RankedLogistic

MIN_WITHOUT_HISTORY = 10
"""Fewest people without any history that a model must have seen to speak of such people."""


@dataclass(frozen=True)
class ClientModel:
    """A client's model, or one of its two parts: what `scoring.service.ScoringModel` asks for."""

    model: RankedLogistic
    without_history: int
    last_year: LastYear | None
    """None for a model from before there were positions: its score is the risk itself."""
    target: ScoreTarget = ScoreTarget.BOTH
    """What it foresees."""
    tells_stages: bool = False
    """Whether it speaks only of those who may leave by its target next."""

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "ClientModel":
        """From what a registered model keeps of one part."""
        return cls(
            RankedLogistic.from_json(json.dumps(found["model"]).encode()),
            found["without_history"],
            LastYear.kept(found),
            ScoreTarget(found.get("target", ScoreTarget.BOTH)),
            found.get("tells_stages", False),
        )

    @property
    def scale(self) -> ScoreScale:
        """The scale of its scores."""
        return ScoreScale.RISK if self.last_year is None else ScoreScale.POSITION

    def speaks_of(self, next_act: str | None) -> bool:
        """Whether it speaks of whoever may leave by this act next; None where that isn't known."""
        return not self.tells_stages or next_act == self.target

    def taken_apart(self, features: FeatureTable) -> LogOddsParts:
        """The log-odds of leaving of each row of one cohort."""
        names = [one.feature for one in self.model.inputs]
        below, above = self.model.standing(features.matrix(names), features.groups(names))
        parts = self.model.parts(below, above)
        return LogOddsParts(names, below, above, parts, self.model.intercept, len(features) < SMALL_COHORT)

    def scores(self, risks: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where these risks stand among last year's, from 0 to 1, (n,)."""
        return risks if self.last_year is None else self.last_year.positions(risks)

    def knows_people_without_history(self) -> bool:
        """Whether enough people without any history were among those it learned from."""
        return self.without_history >= MIN_WITHOUT_HISTORY


def models_of(artefact: bytes) -> tuple[ClientModel, ...]:
    """The parts of a registered model; one from before there were parts is one alone."""
    found = json.loads(artefact)
    return tuple(ClientModel.of(part) for part in found.get("parts", [found]))
