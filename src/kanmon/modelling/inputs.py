"""Which features a model may look at, and in which direction each may push the score.

Three sets of rising size. Which one a client's model uses is chosen by validation inside last year; a larger set is
taken only where it is clearly better, since small cohorts are normal.
"""

from dataclasses import dataclass
from enum import IntEnum


class Direction(IntEnum):
    """What more of a feature may do to the score; fixed beforehand, so that no weight flips its sign by chance."""

    RAISES = 1
    LOWERS = -1
    EITHER = 0


@dataclass(frozen=True)
class ModelInput:
    """One feature and its permitted direction."""

    feature: str
    direction: Direction


@dataclass(frozen=True)
class InputSet:
    """A named choice of inputs."""

    name: str
    inputs: tuple[ModelInput, ...]


def _inputs(raises: str = "", lowers: str = "", either: str = "") -> tuple[ModelInput, ...]:
    return tuple(
        ModelInput(feature, direction)
        for names, direction in (
            (raises, Direction.RAISES),
            (lowers, Direction.LOWERS),
            (either, Direction.EITHER),
        )
        for feature in names.split()
    )


CORE = InputSet(
    "core",
    _inputs(raises="own_missed_recent own_latest_task", lowers="own_active_days_14d own_tasks_done"),
)
"""What the cohort did lately and a person didn't, days active of late, one-off tasks done, how late the latest."""

ACTIVITY = InputSet(
    "activity",
    CORE.inputs
    + _inputs(
        raises="own_recency own_gap_now",
        lowers="own_kinds_14d own_active_days_28d own_share_28d any_trend_14d sessions_28d",
        either="other_active_days_14d other_targets_28d",
    ),
)
"""Also how lately, how broadly and how regularly a person acted, and how much about others."""

BROAD = InputSet(
    "broad",
    ACTIVITY.inputs
    + _inputs(
        raises="own_missed own_longest_gap own_mean_gap",
        lowers="own_events_14d own_events_all own_pages_14d own_pages_all own_active_weeks own_pages_shared "
        "own_trend_14d own_trend_28d own_share_all",
        either="other_events_28d other_events_all other_active_days_all other_targets_all other_recency any_first "
        "days_since_applied days_since_registered night_share_56d weekend_share_56d",
    ),
)
"""Most of the catalogue, for clients with much history."""

PARTNER_SITES = _inputs(lowers="partner_own_active_days_28d", either="partner_other_active_days_28d")
"""What people did on partner sites, of those whose words name any: looked at beside a set, where that is better."""


def with_partner_sites(inputs: InputSet) -> InputSet:
    """The set with what people did on partner sites."""
    return InputSet(f"{inputs.name}+partner_sites", inputs.inputs + PARTNER_SITES)


INPUT_SETS = (CORE, ACTIVITY, BROAD)
"""From the smallest to the largest."""
