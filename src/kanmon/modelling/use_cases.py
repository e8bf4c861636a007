"""Models: their scores against outcomes, and those that were held back."""

from collections.abc import Mapping, Sequence

from kanmon.application.application import Application
from kanmon.core.ids import ClientId, ModelId, SeasonId
from kanmon.modelling.evaluation import Evaluation
from kanmon.pipeline.approval import approve_model
from kanmon.pipeline.evaluation import evaluate_season


def evaluate_models(
    application: Application, clients: Sequence[ClientId], season: SeasonId | None
) -> Mapping[ClientId, Evaluation]:
    """Scores against the outcomes loaded for the scored season."""
    return evaluate_season(application.transactions, clients, season, application.clock.now())


def approve_held_model(application: Application, model: ModelId, person: str, because: str) -> None:
    """Approve a model version that the acceptance rule held back."""
    approve_model(application.transactions, model, person, because, application.clock.now())
