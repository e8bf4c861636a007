"""What a model would take that validation can't show to be better than chance, and what needs no model at all."""

import math
from dataclasses import dataclass

MIN_OF_EACH = 20
"""Fewest people who left, and fewest who didn't, that a model can learn from."""


@dataclass(frozen=True)
class Need:
    """About how many people of known outcome, and how many years of as many as last year, it would take."""

    people: int
    years: int

    @classmethod
    def times(cls, factor: float, people: int) -> "Need":
        """So many times as many people as there were."""
        return cls(math.ceil(factor * people), math.ceil(factor))


@dataclass(frozen=True)
class UntrainedOrder:
    """How well orders that need no training put last year's people; None where all of them ended alike."""

    auc_active_days: float | None
    auc_recency: float | None


def needed_to_learn(positives: int, people: int) -> Need | None:
    """What it takes to learn at all, with outcomes as last year's; None where all ended alike, and nobody can say."""
    rarer = min(positives, people - positives)
    return Need.times(MIN_OF_EACH / rarer, people) if rarer else None


def needed_to_show(auc: float, standard_error: float, people: int) -> Need | None:
    """What it takes to show that an AUC like this is better than chance by a standard error.

    The error falls with the square root of the people. None where the order is no better than chance, however many
    there are, or where it is not for want of people that the model is held.
    """
    lead = auc - 0.5
    if lead <= 0 or lead > standard_error:
        return None
    return Need.times((standard_error / lead) ** 2, people)
