"""Why a score is what it is: what each input added to the log-odds, in whole millionths, so that the parts add up."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from kanmon.clients.contract import ScoreTarget

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Reason:
    """What one input added to one person's log-odds."""

    feature: str
    value: float | None
    """As it was computed; None where it is undefined for the person, who then stands in the middle."""
    below: float
    """The share of those compared whose value is lower."""
    above: float
    """The share of those compared whose value is higher."""
    part: int
    """In millionths of log-odds; positive where it raised the score."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A score's log-odds taken apart: `base`, the reasons that are kept and the rest add up to them exactly."""

    base: int
    """What everybody has."""
    reasons: tuple[Reason, ...]
    """The strongest first."""
    rest: int
    """All inputs that are not among the reasons, together."""
    is_among_last_year: bool = False
    """Whether a cohort too small to compare was held against last year's."""
    partner_sites: tuple[str, ...] = ()
    """The partner sites on which the person's actions counted, as the words agreed to write them."""
    predicted: ScoreTarget = ScoreTarget.BOTH
    """What the score speaks of."""

    @property
    def log_odds(self) -> int:
        """The sum of all parts, in millionths."""
        return self.base + sum(reason.part for reason in self.reasons) + self.rest

    @property
    def risk(self) -> float:
        """The calibrated risk from 0 to 1, which never leaves for a client."""
        return 1 / (1 + math.exp(-self.log_odds / MILLION))

    @property
    def parts(self) -> Mapping[str, float]:
        """What each kept input added, in log-odds."""
        return {reason.feature: reason.part / MILLION for reason in self.reasons}

    def facts(self) -> Mapping[str, Any]:
        """As it is stored."""
        return asdict(self)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Explanation":
        """From what was stored."""
        reasons = tuple(Reason(**reason) for reason in facts["reasons"])
        sites = tuple(facts.get("partner_sites", ()))
        predicted = ScoreTarget(facts.get("predicted", ScoreTarget.BOTH))
        return cls(facts["base"], reasons, facts["rest"], facts["is_among_last_year"], sites, predicted)
