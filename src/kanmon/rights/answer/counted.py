"""What counted in a score, in numbers that a person can check: which actions, on how many days, when (AIA-86)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kanmon.rights.answer.history import DailyActions


@dataclass(frozen=True)
class ActionCount:
    """Actions of one kind and site that counted: how many, on how many days in Japan, the first and the last day."""

    is_own: bool
    kind: str
    events: int
    days: int
    first_on: date
    last_on: date
    site: str | None = None
    """The partner site; None for the board itself."""


def kinds_counted(did: Sequence[DailyActions]) -> list[ActionCount]:
    """One line for each site, side and kind: the board first, about the client first, then the most frequent first."""
    groups: dict[tuple[str | None, bool, str], list[DailyActions]] = {}
    for one in did:
        groups.setdefault((one.site, one.is_own, one.kind), []).append(one)
    counted = [
        ActionCount(
            is_own,
            kind,
            sum(one.events for one in same),
            len({one.day for one in same}),
            min(one.day for one in same),
            max(one.day for one in same),
            site,
        )
        for (site, is_own, kind), same in groups.items()
    ]
    return sorted(counted, key=lambda one: (one.site or "", not one.is_own, -one.events, one.kind))


def days_with_actions(did: Sequence[DailyActions], *, is_own: bool) -> int:
    """On how many days in Japan anything on the board counted, about the client or about others."""
    return len({one.day for one in did if one.site is None and one.is_own is is_own})
