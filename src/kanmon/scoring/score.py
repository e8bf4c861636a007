"""What a score is: an ordinal index from 0.0000 to 1.0000, or not scorable with a reason kept inside.

A score of 0.4 does not say that 40 of 100 such people leave (S5); it can't be written without its meaning (INV-7).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kanmon.clients.contract import ScoreCategory
from kanmon.core.language import N_

SCALE = 10_000
"""Scores are whole ten-thousandths, so that they are the same wherever they are written."""


class NotScorable(StrEnum):
    """Why there is no score (section 6.4); never told to a client."""

    NO_MATCH = "NO_MATCH"
    NO_HISTORY = "NO_HISTORY"
    BELOW_MIN_DATA = "BELOW_MIN_DATA"
    WITHHELD_CONSENT = "WITHHELD_CONSENT"
    MODEL_NOT_READY = "MODEL_NOT_READY"


NOT_SCORABLE_MEANINGS: Mapping[NotScorable, str] = {
    NotScorable.NO_MATCH: N_("tied to no member"),
    NotScorable.NO_HISTORY: N_("did nothing on the board before as_of"),
    NotScorable.BELOW_MIN_DATA: N_("too little is known"),
    NotScorable.WITHHELD_CONSENT: N_("not cleared by the gate"),
    NotScorable.MODEL_NOT_READY: N_("the client has no approved model"),
}
"""What each reason means, for the person and the privacy owner; ids of messages."""


@dataclass(frozen=True, slots=True)
class Score:
    """An ordinal index in ten-thousandths, 0 to 10,000; higher means more likely to leave. Not a probability."""

    ten_thousandths: int

    def __post_init__(self) -> None:
        if not 0 <= self.ten_thousandths <= SCALE:
            raise ValueError(f"a score lies between 0 and {SCALE}, not {self.ten_thousandths}")

    @classmethod
    def from_index(cls, index: float) -> "Score":
        """The score nearest to an index between 0 and 1."""
        return cls(round(index * SCALE))

    def __str__(self) -> str:
        return f"{self.ten_thousandths // SCALE}.{self.ten_thousandths % SCALE:04d}"


def category_of(score: Score, categories: Sequence[ScoreCategory]) -> ScoreCategory | None:
    """The contract's category of a score: the highest cut-off that it reaches; None where it reaches none."""
    reached = [category for category in categories if score.ten_thousandths >= round(category.cut_off * SCALE)]
    return max(reached, key=lambda category: category.cut_off, default=None)
