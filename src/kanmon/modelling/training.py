"""What training did for one client."""

from collections.abc import Mapping
from dataclasses import dataclass

from kanmon.clients.contract import ScoreTarget
from kanmon.core.ids import ClientId
from kanmon.features.basis import Basis
from kanmon.modelling.division import Undivided
from kanmon.modelling.need import Need, UntrainedOrder
from kanmon.modelling.registry import RegisteredModel, Training


@dataclass(frozen=True)
class TrainingOutcome:
    """What training did for one client: a model, new or the same as before, or none where too few rows are known."""

    client_id: ClientId
    rows: int
    positives: int
    left_out: Mapping[str, int]
    target: ScoreTarget = ScoreTarget.BOTH
    """What the contract asks for."""
    parts: tuple[ScoreTarget, ...] = ()
    """What each part of the model foresees."""
    undivided: Undivided | None = None
    """Why the two acts were not learned apart, where the contract tells the stages of offers; else None."""
    model: RegisteredModel | None = None
    is_new: bool = False
    is_accepted: bool = False
    auc: float | None = None
    """In validation inside the season trained on."""
    stands: bool = False
    """Whether nothing changed since the model was trained, and so it was not trained again."""

    need: Need | None = None
    """What it would take for a model that may be used; None where there is one, or where nobody can say."""
    untrained: UntrainedOrder | None = None
    """How well orders that need no training put the same people; None where that was never asked."""

    def training(self, basis: Basis) -> Training | None:
        """What to remember of it, so that the model stands while the basis stays; None where there is no model."""
        if self.model is None or self.auc is None:
            return None
        return Training(basis, self.model, self.is_accepted, self.auc)
