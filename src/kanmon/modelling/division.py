"""Why one model learned both acts, though the contract says at which stages applicants have an offer."""

from dataclasses import dataclass
from enum import StrEnum

from kanmon.clients.contract import ScoreTarget


class Lack(StrEnum):
    """What the model of one act lacks, so that the two are not told apart."""

    TOO_FEW = "too_few"
    """Fewer than 20 people left by it, or fewer than 20 didn't."""
    NOT_SHOWN = "not_shown"
    """Validation can't show it to be better than chance."""
    NO_BETTER = "no_better"
    """A model of both acts puts the same people clearly better."""


@dataclass(frozen=True)
class Undivided:
    """The first act whose model lacks something, with its people of last year."""

    act: ScoreTarget
    why: Lack
    people: int
    positives: int
    """How many of them left by the act."""
