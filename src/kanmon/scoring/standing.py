"""Scores that stand: where nothing is asked otherwise and nothing is new, computing again would give the same."""

from collections import Counter
from dataclasses import dataclass

from kanmon.clients.contract import ScoreTarget
from kanmon.core.ids import RunId
from kanmon.features.basis import Basis


@dataclass(frozen=True, slots=True)
class LatestScore:
    """A person's newest score with what was kept inside."""

    ten_thousandths: int
    risk: float
    active_days: int | None
    """Days with any action about the client in the last 28; None where it was computed before they were kept."""
    recency: int | None
    """Days since the last such action; None where there is none."""
    partner_part: int | None = None
    """What was done on partner sites added to the log-odds, in millionths; None where none counted."""
    predicted: ScoreTarget = ScoreTarget.BOTH
    """What the score speaks of."""


@dataclass(frozen=True, slots=True)
class StandingScores:
    """The newest scoring of a client's season, with all its answers still there and in force."""

    basis: Basis
    scored_in: RunId
    """The run that computed them."""
    counts: Counter[str]
    """How many got a score, under "scored", and how many none, under each reason."""
