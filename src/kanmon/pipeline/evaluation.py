"""Compare the scores of a season with what became of the people, once outcomes are loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from kanmon.clients.contract import Client, ScoreTarget
from kanmon.core.ids import ClientId, SeasonId
from kanmon.core.transaction import Begin
from kanmon.features.untrained import UntrainedCounts
from kanmon.modelling.evaluation import (
    CategoryOutcome,
    Evaluation,
    Intervals,
    auc_of,
    category_outcomes,
    evaluate,
    intervals,
    untrained_order,
)
from kanmon.modelling.known_outcomes import outcomes_known
from kanmon.modelling.need import UntrainedOrder
from kanmon.pipeline.ports import Transaction
from kanmon.scoring.explanation import MILLION
from kanmon.scoring.standing import LatestScore


@dataclass(frozen=True)
class PartnerSitesGain:
    """What history of partner sites added: of how many people it counted, and the AUC had it counted of nobody."""

    partner_sites_n: int
    auc_without_partner_sites: float | None
    """None where all ended alike."""


@dataclass(frozen=True)
class ActEvaluation:
    """How the scores did that speak of one act of leaving alone."""

    predicted: ScoreTarget
    figures: Evaluation
    intervals: Intervals


@dataclass(frozen=True)
class SeasonEvaluation:
    """How the scores of one client's season did, beside orders that need no training, on the same people.

    Each score is held against what it speaks of: whoever left by another act didn't leave by this one.
    """

    figures: Evaluation
    intervals: Intervals
    untrained: UntrainedOrder
    """None in it where all ended alike, or the scores are from before what it takes was kept."""
    partner_sites: PartnerSitesGain
    categories: tuple[CategoryOutcome, ...]
    parts: tuple[ActEvaluation, ...] = ()
    """By act, where scores speak of one act alone."""


def evaluate_season(
    begin: Begin[Transaction], clients: Sequence[ClientId], season: SeasonId | None, now: datetime
) -> Mapping[ClientId, SeasonEvaluation]:
    """Figures for each client whose contract scores `season` (any, where None), over people with score and outcome.

    All loaded outcomes count, those after `now` too: an evaluation looks back from wherever outcomes are known. The
    calibrated risk is judged, which orders as the score does and is finer.
    """
    with begin() as transaction:
        return {
            client.client_id: _evaluate_client(transaction, client, now)
            for client in transaction.service.terms().chosen(clients, season)
        }


def _evaluate_client(transaction: Transaction, client: Client, now: datetime) -> SeasonEvaluation:
    season = client.contract.scores
    latest = transaction.scores.latest(client.client_id, season, now)
    outcomes = transaction.applicants.outcomes(client.client_id, season, None)
    foreseen = {number: score.predicted for number, score in latest.items()}
    known = [(latest[number], left) for number, left in outcomes_known(foreseen, outcomes)]
    scores, left = [score for score, _ in known], np.asarray([left for _, left in known], np.bool_)
    risk = np.asarray([score.risk for score in scores], np.float64)
    cohort = [score.ten_thousandths for score in latest.values()]
    values = np.asarray([score.ten_thousandths for score in scores], np.int64)
    predicted = [score.predicted for score in scores]
    return SeasonEvaluation(
        evaluate(risk, left),
        intervals(risk, left),
        _untrained(scores, left),
        _partner_sites(scores, risk, left),
        category_outcomes(values, left, client.contract.categories, cohort),
        _parts(predicted, risk, left),
    )


def _parts(
    predicted: Sequence[ScoreTarget], risk: NDArray[np.float64], left: NDArray[np.bool_]
) -> tuple[ActEvaluation, ...]:
    """How the scores of each act did; none where no score speaks of one act alone."""
    acts = sorted(set(predicted) - {ScoreTarget.BOTH})
    rows = [np.asarray([foreseen is act for foreseen in predicted], np.bool_) for act in acts]
    return tuple(
        ActEvaluation(act, evaluate(risk[inside], left[inside]), intervals(risk[inside], left[inside]))
        for act, inside in zip(acts, rows, strict=True)
    )


def _partner_sites(
    scores: Sequence[LatestScore], risk: NDArray[np.float64], left: NDArray[np.bool_]
) -> PartnerSitesGain:
    """The same model's risks without the part that partner sites have in each."""
    parts = np.asarray([score.partner_part or 0 for score in scores], np.float64) / MILLION
    counted = sum(score.partner_part is not None for score in scores)
    return PartnerSitesGain(counted, auc_of(logit(risk) - parts, left))


def _untrained(scores: Sequence[LatestScore], left: NDArray[np.bool_]) -> UntrainedOrder:
    if any(score.active_days is None for score in scores):
        return UntrainedOrder(None, None)
    counts = [[score.active_days, score.recency] for score in scores]
    active_days, recency = np.asarray(counts, np.float64).reshape(-1, 2).T
    return untrained_order(UntrainedCounts(active_days, recency), left)
