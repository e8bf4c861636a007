"""Models that were held back. Nothing that computes models is loaded here: a page approves as well."""

from kanmon.application.application import Application
from kanmon.core.ids import ModelId
from kanmon.pipeline.approval import approve_model
from kanmon.pipeline.use_cases.transactions import season_transactions


def approve_held_model(application: Application, model: ModelId, person: str, because: str) -> None:
    """Approve a model version that the acceptance rule held back."""
    approve_model(season_transactions(application.transactions), model, person, because, application.clock.now())
