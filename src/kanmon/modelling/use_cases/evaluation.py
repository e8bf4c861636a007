"""Scores of models against outcomes."""

from collections.abc import Mapping, Sequence

from kanmon.application.application import Application
from kanmon.core.ids import ClientId, SeasonId
from kanmon.pipeline.evaluation import SeasonEvaluation, evaluate_season
from kanmon.pipeline.use_cases.transactions import season_transactions


def evaluate_models(
    application: Application, clients: Sequence[ClientId], season: SeasonId | None
) -> Mapping[ClientId, SeasonEvaluation]:
    """Scores against the outcomes loaded for the scored season."""
    return evaluate_season(season_transactions(application.transactions), clients, season, application.clock.now())
