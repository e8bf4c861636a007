"""What is read off the facts of a model card."""

from collections.abc import Mapping
from typing import Any

from kanmon.modelling.last_year import AlikeGroup
from kanmon.modelling.need import Need, UntrainedOrder


def need_on(card: Mapping[str, Any]) -> Need | None:
    """What a held model would take, as its card says."""
    need = card.get("need")
    return None if need is None else Need(**need)


def untrained_on(card: Mapping[str, Any]) -> UntrainedOrder | None:
    """How well untrained orders put the same people, as a card says; None on one from before that was asked."""
    untrained = card.get("untrained")
    return None if untrained is None else UntrainedOrder(**untrained)


def groups_on(card: Mapping[str, Any]) -> list[AlikeGroup]:
    """Last year's people in groups with neighbouring scores, as a card says."""
    return [AlikeGroup(**group) for group in card.get("groups", ())]
