"""Screens that showed other words than those in force, as the acts of consent on them tell, or somebody's look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from kanmon.audits.gap.model import Window
from kanmon.consent.in_force import TextsInForce
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Screen
from kanmon.core.ids import ScreenId


@dataclass(frozen=True)
class DisplayCounts:
    """How often a screen showed one text within a window, and the first and last time."""

    screen_id: ScreenId
    first_at: datetime
    last_at: datetime
    count: int


class DisplayFacts(Protocol):
    """What was displayed, at one moment of the control plane."""

    def all_screens(self) -> Sequence[Screen]:
        """Every registered screen."""

    def policy_versions(self) -> Sequence[PolicyVersion]:
        """Every registered policy version."""

    def displayed_versions(self) -> Mapping[int, PolicyVersion]:
        """The registered policy version behind each number of a displayed text; unknown texts are left out."""

    def displays_of_others(
        self, screens: Sequence[ScreenId], right: frozenset[int], window: Window, *, by_looks: bool
    ) -> Sequence[DisplayCounts]:
        """What those screens showed within the window beside the texts that are right, summed up for each screen.

        By acts of agreement, which say what was on the screen; or by looks at it.
        """


def stale_screens(facts: DisplayFacts, window: Window, *, by_looks: bool = False) -> Sequence[DisplayCounts]:
    """The screens that showed other words than those in force then, by the moment at which that began (AC-14)."""
    versions, texts = facts.policy_versions(), facts.displayed_versions()
    screens_of: dict[str, list[ScreenId]] = {}
    for screen in facts.all_screens():
        screens_of.setdefault(screen.policy_id, []).append(screen.screen_id)
    found: dict[ScreenId, list[DisplayCounts]] = {}
    for policy_id in {version.policy_id for version in versions} & screens_of.keys():
        in_force = TextsInForce(policy_id, versions, texts)
        bounds = [window.since, *(at for at in in_force.changes if window.since < at < window.until), window.until]
        for since, until in pairwise(bounds):
            span, right = Window(since, until), in_force.at(since)
            for displays in facts.displays_of_others(screens_of[policy_id], right, span, by_looks=by_looks):
                found.setdefault(displays.screen_id, []).append(displays)
    return sorted((_summed(displays) for displays in found.values()), key=lambda one: (one.first_at, one.screen_id))


def _summed(displays: Sequence[DisplayCounts]) -> DisplayCounts:
    return DisplayCounts(
        displays[0].screen_id,
        min(one.first_at for one in displays),
        max(one.last_at for one in displays),
        sum(one.count for one in displays),
    )
