"""The scale of scores, and the categories that a contract makes of them (S6).

Scores are whole ten-thousandths here; a category never tells more than the score it coarsens.
"""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from kanmon.clients.contract import ScoreCategory

SCALE = 10_000
NEARLY_ALL = 0.9
"""From this share on, a category says nothing that having a score doesn't say."""


class ScoreScale(StrEnum):
    """What the numbers of a score mean; a report keeps the scale that it was made on."""

    RISK = "risk"
    """The calibrated risk itself, as scores were before `POSITION`."""
    POSITION = "position-1"
    """The share of last year's out-of-fold indices of the client's model that lie below, ties in the middle."""


class Lopsidedness(StrEnum):
    """How a category fails to tell people apart."""

    NOBODY = "nobody"
    NEARLY_ALL = "nearly_all"


@dataclass(frozen=True)
class CategoryCount:
    """How many people a category holds, of how many with a score."""

    symbol: str
    people: int
    of: int

    @property
    def lopsided(self) -> Lopsidedness | None:
        """How it fails to tell people apart; None where it does, or nobody has a score."""
        if not self.of:
            return None
        if not self.people:
            return Lopsidedness.NOBODY
        return Lopsidedness.NEARLY_ALL if self.people >= NEARLY_ALL * self.of else None


def with_cut_offs(categories: Sequence[ScoreCategory], scores: Collection[int]) -> tuple[ScoreCategory, ...]:
    """The categories with a cut-off each: for a share of the cohort, the lowest of the scores that belong to it.

    The share is rounded up to whole people, and equal scores stay together. Without any score no cut-off is known for
    a share, and nobody reaches it.
    """
    descending = sorted(scores, reverse=True)
    found = []
    for category in categories:
        if category.top is None or not descending:
            found.append(category)
            continue
        people = math.ceil(round(category.top * len(descending), 6))
        found.append(replace(category, cut_off=descending[people - 1] / SCALE))
    return tuple(found)


def category_of(ten_thousandths: int, categories: Sequence[ScoreCategory]) -> ScoreCategory | None:
    """The first category whose cut-off a score reaches, from the highest on; None where it reaches none."""
    for category in categories:
        if category.cut_off is not None and ten_thousandths >= round(category.cut_off * SCALE):
            return category
    return None


def counted(symbols: Sequence[str | None], categories: Sequence[ScoreCategory]) -> list[CategoryCount]:
    """How many of those with a score each category holds, given the symbol of each."""
    people = Counter(symbols)
    return [CategoryCount(category.symbol, people[category.symbol], len(symbols)) for category in categories]


def counted_scores(scores: Sequence[int], categories: Sequence[ScoreCategory]) -> list[CategoryCount]:
    """How many of these scores each category holds; shares are of these very scores."""
    resolved = with_cut_offs(categories, scores)
    reached = [category_of(score, resolved) for score in scores]
    return counted([category.symbol if category else None for category in reached], categories)
