"""What counted in a score, in numbers that a person can check: which actions, on how many days, when (AIA-86)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

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
