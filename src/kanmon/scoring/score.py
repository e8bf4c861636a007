"""What a score is: a position from 0.0000 to 1.0000, or not scorable with a reason kept inside.

A score of 0.4 says that 40 of 100 of last year's applicants behaved less like those who left. It does not say that 40
of 100 such people leave (S5), and it can't be written without its meaning (INV-7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kanmon.clients.categories import SCALE, ScoreScale
from kanmon.core.language import N_


class NotScorable(StrEnum):
    """Why there is no score (section 6.4); never told to a client."""

    NO_MATCH = "NO_MATCH"
    NO_HISTORY = "NO_HISTORY"
    BELOW_MIN_DATA = "BELOW_MIN_DATA"
    WITHHELD_CONSENT = "WITHHELD_CONSENT"
    MODEL_NOT_READY = "MODEL_NOT_READY"
    STAGE_NOT_MODELLED = "STAGE_NOT_MODELLED"


NOT_SCORABLE_MEANINGS: Mapping[NotScorable, str] = {
    NotScorable.NO_MATCH: N_("tied to no member"),
    NotScorable.NO_HISTORY: N_("did nothing on the board before as_of"),
    NotScorable.BELOW_MIN_DATA: N_("too little is known"),
    NotScorable.WITHHELD_CONSENT: N_("not cleared by the gate"),
    NotScorable.MODEL_NOT_READY: N_("the client has no approved model"),
    NotScorable.STAGE_NOT_MODELLED: N_(
        "the stage of the application is not known, or the client's model does not speak of it"
    ),
}
"""What each reason means, for the person and the privacy owner; ids of messages."""


@dataclass(frozen=True, slots=True)
class Score:
    """In ten-thousandths, 0 to 10,000, so that it is the same wherever it is written; higher is more like leavers."""

    ten_thousandths: int
    scale: ScoreScale = ScoreScale.POSITION

    def __post_init__(self) -> None:
        if not 0 <= self.ten_thousandths <= SCALE:
            raise ValueError(f"a score lies between 0 and {SCALE}, not {self.ten_thousandths}")

    @classmethod
    def nearest(cls, value: float, scale: ScoreScale = ScoreScale.POSITION) -> "Score":
        """The score nearest to a value between 0 and 1."""
        return cls(round(value * SCALE), scale)

    def __str__(self) -> str:
        return f"{self.ten_thousandths // SCALE}.{self.ten_thousandths % SCALE:04d}"


def scale_named(stored: str | None) -> ScoreScale:
    """The scale of a score that was kept; those from before there were scales name none."""
    return ScoreScale.RISK if stored is None else ScoreScale(stored)
