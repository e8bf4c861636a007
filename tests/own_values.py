"""Values of features that only count a person's own actions and days, counted by hand beside what engines compute."""

from collections.abc import Sequence

from kanmon.features.definition import WINDOWS, suffix
from kanmon.rights.answer.history import DailyActions


def value_of(feature: str, did: Sequence[DailyActions]) -> float | None:
    """The value of a feature that only counts a person's own actions and days; None where it takes more to know."""
    did = [one for one in did if one.site is None]
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
