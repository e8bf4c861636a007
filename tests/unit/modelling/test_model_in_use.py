"""No model that foresees something else stands in for what a contract asks for."""

from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import Mock

import pytest

from kanmon.clients.contract import Client, Contract, Scheme, ScoreTarget
from kanmon.core.ids import ClientId, ModelId, RunId, SeasonId
from kanmon.modelling.registry import RegisteredModel, model_in_use
from kanmon.modelling.versions import unforeseen

AT = datetime(2026, 6, 1, tzinfo=UTC)
CONTRACT = Contract(
    Scheme.PERSONAL_DATA, AT, AT, SeasonId("1"), SeasonId("2"), "follow_up_support", frozenset({"selection"}), "score",
    "", (), None, None, None, None,
)  # fmt: skip
CARDS = {
    ScoreTarget.BOTH: {"parts": [{"target": act} for act in ("selection_withdrawal", "offer_decline")]},
    ScoreTarget.OFFER_DECLINE: {"target": "offer_decline"},
}
OLD: dict[str, object] = {"rows": 40}
"""The card of a model from before contracts asked for anything."""


def registered(card: dict[str, object]) -> RegisteredModel:
    return RegisteredModel(ModelId("C-1"), ClientId("C"), 1, SeasonId("1"), RunId("r"), AT, AT, b"", "", card)


@pytest.mark.parametrize(
    ("card", "serves"),
    [
        (CARDS[ScoreTarget.BOTH], {ScoreTarget.BOTH}),
        (CARDS[ScoreTarget.OFFER_DECLINE], {ScoreTarget.OFFER_DECLINE}),
        (OLD, {ScoreTarget.BOTH}),
    ],
)
@pytest.mark.parametrize("target", ScoreTarget)
def test_a_model_serves_the_contract_that_asks_for_what_it_foresees(
    card: dict[str, object], serves: set[ScoreTarget], target: ScoreTarget
) -> None:
    model, client = registered(card), Client(ClientId("C"), "C", "", "", replace(CONTRACT, target=target))
    registry = Mock(newest_approved=Mock(return_value=model))
    assert model_in_use(registry, client, AT) is (model if target in serves else None)
    facts = Mock(models=Mock(return_value=[model]), approvals=Mock(return_value=[]))
    facts.terms.return_value.clients = {ClientId("C"): client}
    is_told = target is not ScoreTarget.BOTH and target not in serves
    assert unforeseen(facts) == ([(ClientId("C"), target)] if is_told else [])


def test_without_a_model_nothing_is_in_use() -> None:
    registry = Mock(newest_approved=Mock(return_value=None))
    assert model_in_use(registry, Client(ClientId("C"), "C", "", "", CONTRACT), AT) is None
