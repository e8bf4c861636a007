"""Each screen is held against the words of its own policy, since their newest version took effect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from kanmon.audits.gap.displayed import DisplayCounts
from kanmon.audits.gap.model import Window
from kanmon.audits.overview.overview import screen_states
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Screen
from kanmon.core.ids import PolicyId, PolicyVersionId, ScreenId, SeasonId


def day(number: int) -> datetime:
    return datetime(2026, 4, number, tzinfo=UTC)


def version(policy: str, name: str, effective_from: datetime) -> PolicyVersion:
    return PolicyVersion(PolicyId(policy), PolicyVersionId(name), "ja", effective_from, f"{policy} {name}", ())


PRIVACY_1, PRIVACY_2 = version("privacy", "1", day(1)), version("privacy", "2", day(10))
COOKIES_1, DRAFT_1 = version("cookies", "1", day(5)), version("draft", "1", day(25))
VERSIONS = {1: PRIVACY_1, 2: PRIVACY_2, 3: COOKIES_1, 4: DRAFT_1}
ACTS = [
    ("entry", 1, day(9)),
    ("entry", 1, day(11)),
    ("entry", 1, day(15)),
    ("entry", 2, day(12)),
    ("banner", 2, day(6)),
]
LOOKS = [("entry", 1, day(4)), ("banner", 3, day(7))]


@dataclass(frozen=True)
class Told:
    """What was displayed, told in memory."""

    def all_screens(self) -> Sequence[Screen]:
        policies = {"entry": "privacy", "banner": "cookies", "sketch": "draft"}
        return [
            Screen(ScreenId(name), SeasonId("2027"), name, PolicyId(policy), None, None)
            for name, policy in policies.items()
        ]

    def policy_versions(self) -> Sequence[PolicyVersion]:
        return list(VERSIONS.values())

    def displayed_versions(self) -> Mapping[int, PolicyVersion]:
        return VERSIONS

    def displays_of_others(
        self, screens: Sequence[ScreenId], right: frozenset[int], window: Window, *, by_looks: bool
    ) -> Sequence[DisplayCounts]:
        found: dict[str, list[datetime]] = {}
        for screen, text_no, at in LOOKS if by_looks else ACTS:
            if screen in screens and text_no not in right and window.since <= at < window.until:
                found.setdefault(screen, []).append(at)
        return [DisplayCounts(ScreenId(screen), min(ats), max(ats), len(ats)) for screen, ats in found.items()]


def test_words_shown_before_the_newest_version_are_past() -> None:
    entry, _, _ = screen_states(Told(), day(20))
    assert entry.in_force_since == day(10)
    assert entry.other_acts == DisplayCounts(ScreenId("entry"), day(11), day(15), 2)
    assert entry.other_looks is None
    assert entry.is_stale


def test_each_policy_has_its_own_newest_version() -> None:
    _, banner, _ = screen_states(Told(), day(20))
    assert (banner.in_force_since, banner.other_looks) == (day(5), None)
    assert banner.other_acts == DisplayCounts(ScreenId("banner"), day(6), day(6), 1)


def test_where_no_version_is_in_force_yet_nothing_is_held_against_a_screen() -> None:
    *_, sketch = screen_states(Told(), day(20))
    assert (sketch.in_force_since, sketch.is_stale) == (None, False)
    assert screen_states(Told(), day(25))[-1].in_force_since == day(25)
