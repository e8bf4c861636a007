"""What counted in a score, in numbers that a person can check: which actions, on how many days, when (AIA-86)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kanmon.features.definition import WINDOWS, suffix
from kanmon.rights.answer.history import DailyActions


@dataclass(frozen=True)
class ActionCount:
    """Actions of one kind that counted: how many, on how many days in Japan, the first and the last of them."""

    is_own: bool
    kind: str
    events: int
    days: int
    first_on: date
    last_on: date


def kinds_counted(did: Sequence[DailyActions]) -> list[ActionCount]:
    """One line for each kind and side: about the client first, then the most frequent first."""
    groups: dict[tuple[bool, str], list[DailyActions]] = {}
    for one in did:
        groups.setdefault((one.is_own, one.kind), []).append(one)
    counted = [
        ActionCount(
            is_own,
            kind,
            sum(one.events for one in same),
            len({one.day for one in same}),
            min(one.day for one in same),
            max(one.day for one in same),
        )
        for (is_own, kind), same in groups.items()
    ]
    return sorted(counted, key=lambda one: (not one.is_own, -one.events, one.kind))


def days_with_actions(did: Sequence[DailyActions], *, is_own: bool) -> int:
    """On how many days in Japan anything counted, about the client or about others."""
    return len({one.day for one in did if one.is_own is is_own})


def value_of(feature: str, did: Sequence[DailyActions]) -> float | None:
    """The value of a feature that only counts a person's own actions and days; None where it takes more to know."""
    sides = {"own": [one for one in did if one.is_own], "other": [one for one in did if not one.is_own], "any": did}
    side, _, rest = feature.partition("_")
    mine = sides.get(side)
    if mine is None:
        return None
    if rest in ("recency", "first"):
        ages = [one.days_before for one in mine]
        return None if not ages else float(min(ages) if rest == "recency" else max(ages))
    what, _, written = rest.rpartition("_")
    windows = {suffix(window): window for window in WINDOWS}
    if written not in windows:
        return None
    inside = [one for one in mine if windows[written] is None or one.days_before < (windows[written] or 0)]
    if what == "events":
        return float(sum(one.events for one in inside))
    if what == "weight":
        return float(sum(one.weight for one in inside))
    if what == "active_days":
        return float(len({one.days_before for one in inside}))
    if what == "kinds":
        return float(len({one.kind for one in inside}))
    return None
