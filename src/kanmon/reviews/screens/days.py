"""Day by day, how often each screen was seen to show the words in force, and how often others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kanmon.consent.in_force import TextsInForce
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Rendering, Screen
from kanmon.core.clock import day_of
from kanmon.core.ids import ScreenId

Look = tuple[ScreenId, datetime]


@dataclass(frozen=True)
class DayOfLooks:
    """One screen on one day in Japan, on which it was looked at: right looks, and wrong ones."""

    screen_id: ScreenId
    day: date
    right: int
    wrong: int


def days_of_looks(
    screens: Collection[Screen],
    looks: Sequence[Rendering],
    without_words: Collection[Look],
    versions: Collection[PolicyVersion],
    texts: Mapping[int, PolicyVersion],
) -> Sequence[DayOfLooks]:
    """Each day on which a screen was looked at, by screen and day; a day without a look is not among them.

    A look is right by the gate's own measure (`consent.screens.doubts`): it saw words in force at that moment and
    nothing else. `without_words` are looks that found the words hidden or missing. `texts` are the versions behind the
    numbers of displayed texts.
    """
    in_force = {policy: TextsInForce(policy, versions, texts) for policy in {screen.policy_id for screen in screens}}
    policies = {screen.screen_id: screen.policy_id for screen in screens}
    is_right = {look: False for look in without_words if look[0] in policies}
    for look in looks:
        if look.screen_id in policies:
            words_are_right = look.text_no in in_force[policies[look.screen_id]].at(look.seen_at)
            key = look.screen_id, look.seen_at
            is_right[key] = is_right.get(key, True) and words_are_right
    counts: dict[tuple[ScreenId, date], list[int]] = {}
    for (screen_id, seen_at), right in is_right.items():
        counts.setdefault((screen_id, day_of(seen_at)), [0, 0])[not right] += 1
    return [DayOfLooks(screen_id, day, *counts[screen_id, day]) for screen_id, day in sorted(counts)]
