"""What is read off the facts of a model card."""

from collections.abc import Mapping
from typing import Any

from kanmon.clients.contract import ScoreTarget
from kanmon.modelling.division import Lack, Undivided
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


def undivided_on(card: Mapping[str, Any]) -> Undivided | None:
    """Why one model learned both acts, as its card says; None where nobody asked for two, or there are two."""
    undivided = card.get("undivided")
    if undivided is None:
        return None
    return Undivided(ScoreTarget(undivided["act"]), Lack(undivided["why"]), undivided["people"], undivided["positives"])
