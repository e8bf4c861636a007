"""Compare the scores of a season with what became of the people, once outcomes are loaded."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kanmon.clients.contract import Client
from kanmon.core.ids import ClientId, SeasonId
from kanmon.modelling.evaluation import Evaluation, evaluate
from kanmon.modelling.known_outcomes import against_outcomes
from kanmon.pipeline.ports import Transaction, Transactions
from kanmon.scoring.score import SCALE


def evaluate_season(
    transactions: Transactions, clients: Sequence[ClientId], season: SeasonId | None, now: datetime
) -> Mapping[ClientId, Evaluation]:
    """Figures for each client whose contract scores `season` (any, where None), over people with score and outcome.

    All loaded outcomes count, those after `now` too: an evaluation looks back from wherever outcomes are known.
    """
    with transactions.begin() as transaction:
        return {
            client.client_id: _evaluate_client(transaction, client, now)
            for client in transaction.service.terms().chosen(clients, season)
        }


def _evaluate_client(transaction: Transaction, client: Client, now: datetime) -> Evaluation:
    season = client.contract.scores
    latest = transaction.scores.latest(client.client_id, season, now)
    scores = {number: value / SCALE for number, value in latest.items()}
    return evaluate(*against_outcomes(scores, transaction.applicants.outcomes(client.client_id, season, None)))
