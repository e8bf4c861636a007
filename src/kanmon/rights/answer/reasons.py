"""Why a score is what it is, for its person: where their value stood among those compared, and what that did.

A contribution is weight x (rank - 1/2): its sign says what this person's value did to this score, not what more of the
feature does. Few tasks done raise a score; "tasks done: raises" would be false. Where the weight's sign is fixed
beforehand, the side of the middle follows from both; where it is not, no side is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kanmon.core.language import N_
from kanmon.modelling.inputs import INPUT_SETS, Direction


class Rank(StrEnum):
    """Where a value stands among those of the applicants compared; equal values share a place."""

    LOWER = "lower"
    UPPER = "upper"
    UNTOLD = "untold"
    """The feature may push a score either way, so the sign of the contribution doesn't tell."""


@dataclass(frozen=True)
class FeatureReason:
    """What one feature did to one score."""

    feature: str
    place: Rank
    raised: bool
    """Whether it raised this score; else it lowered it."""

    @property
    def words(self) -> str:
        """What is said of it after the feature and its value; the id of a message."""
        return _WORDS[self.place, self.raised]


_WORDS: Mapping[tuple[Rank, bool], str] = {
    (Rank.LOWER, True): N_(
        "in the lower half of the applicants compared (equal values share a place), which raised this score"
    ),
    (Rank.LOWER, False): N_(
        "in the lower half of the applicants compared (equal values share a place), which lowered this score"
    ),
    (Rank.UPPER, True): N_(
        "in the upper half of the applicants compared (equal values share a place), which raised this score"
    ),
    (Rank.UPPER, False): N_(
        "in the upper half of the applicants compared (equal values share a place), which lowered this score"
    ),
    (Rank.UNTOLD, True): N_("compared with the other applicants, this raised this score"),
    (Rank.UNTOLD, False): N_("compared with the other applicants, this lowered this score"),
}
_DIRECTIONS = {one.feature: one.direction for inputs in INPUT_SETS for one in inputs.inputs}


def reasons_of(contributions: Mapping[str, float]) -> list[FeatureReason]:
    """What each feature did to a score, in the order given; what did nothing is left out."""
    return [
        FeatureReason(feature, _place(feature, contribution), contribution > 0)
        for feature, contribution in contributions.items()
        if contribution != 0
    ]


def _place(feature: str, contribution: float) -> Rank:
    side = _DIRECTIONS.get(feature, Direction.EITHER) * contribution
    if side == 0:
        return Rank.UNTOLD
    return Rank.UPPER if side > 0 else Rank.LOWER
