"""The parts of a model, as its card tells them."""

from collections.abc import Mapping, Sequence
from typing import Any

from kanmon.clients.contract import ScoreTarget


def parts_on(card: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The card of each part of a model; the card itself where the model is one."""
    parts: Sequence[Mapping[str, Any]] = card.get("parts") or [card]
    return parts


def target_on(card: Mapping[str, Any]) -> ScoreTarget:
    """What a model, or a part of one, foresees, as its card says."""
    return ScoreTarget(card.get("target", ScoreTarget.BOTH))
