"""Last year's people as a model's validation saw them: what this year's scores are a position among.

Each index comes from models that had not seen the person. The list is part of the model's artefact, whose hash stands
in the ledger, so that no position can be moved afterwards.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kanmon.clients.categories import SCALE

GROUPS = 10
LEAST_IN_GROUP = 20
"""Fewest people of whom a share that left is told; fewer groups are made where there are fewer people."""

LEAST_TOLD = 10
"""Of fewer people nothing is told: equal indices stay together, and may leave a group nearly empty."""


@dataclass(frozen=True)
class AlikeGroup:
    """Last year's people with neighbouring scores: from which position to which, how many, how many of them left."""

    begins: float
    ends: float
    people: int
    left: int


@dataclass(frozen=True)
class LastYear:
    """Out-of-fold indices of last year's people, lowest first, and whether each left."""

    indices: tuple[float, ...]
    left: tuple[bool, ...]

    @classmethod
    def of(cls, out_of_fold: NDArray[np.float64], left: NDArray[np.bool_]) -> "LastYear":
        """From each person's index and outcome, both (n,)."""
        order = np.argsort(out_of_fold, kind="stable")
        return cls(tuple(map(float, out_of_fold[order])), tuple(map(bool, left[order])))

    @classmethod
    def kept(cls, content: Mapping[str, Any]) -> "LastYear | None":
        """As an artefact, or a part of one, keeps it; None in one from before positions."""
        kept = content.get("last_year")
        return None if kept is None else cls(tuple(kept["indices"]), tuple(kept["left"]))

    def positions(self, indices: NDArray[np.float64]) -> NDArray[np.float64]:
        """The share of last year's indices below each of these, ties in the middle, (n,)."""
        known = np.asarray(self.indices)
        below = np.searchsorted(known, indices, side="left")
        up_to = np.searchsorted(known, indices, side="right")
        return np.asarray((below + up_to) / (2 * len(known)))

    def scores(self) -> list[int]:
        """Last year's own people as scores, lowest first, in ten-thousandths."""
        return [round(float(position) * SCALE) for position in self.positions(np.asarray(self.indices))]

    def groups(self) -> list[AlikeGroup]:
        """Neighbours in ten groups of about the same size, lowest first; equal indices stay together."""
        number = max(1, min(GROUPS, len(self.indices) // LEAST_IN_GROUP))
        positions, left = self.positions(np.asarray(self.indices)), np.asarray(self.left)
        edges = np.arange(1, number) / number
        group = np.searchsorted(edges, positions, side="right")
        bounds = [0.0, *map(float, edges), 1.0]
        return [
            AlikeGroup(bounds[place], bounds[place + 1], int((group == place).sum()), int(left[group == place].sum()))
            for place in range(number)
        ]


def alike(groups: Sequence[AlikeGroup], position: float) -> AlikeGroup | None:
    """The group that a position lies in; None where the model tells of none, or of too few people to tell of them."""
    group = next((group for group in reversed(groups) if position >= group.begins), None)
    return group if group is not None and group.people >= LEAST_TOLD else None


def last_years_of(artefact: bytes) -> list[LastYear]:
    """Last year's people as each part of a model keeps them; none where it was erased, or is from before positions."""
    content = json.loads(artefact) if artefact else {}
    kept = (LastYear.kept(part) for part in content.get("parts", [content]))
    return [last_year for last_year in kept if last_year is not None]


def scores_of_last_year(artefact: bytes) -> list[int]:
    """Last year's people as scores of the part that speaks of each, lowest first, in ten-thousandths."""
    return sorted(score for last_year in last_years_of(artefact) for score in last_year.scores())
