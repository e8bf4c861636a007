"""The registry of screens on which people meet a policy text, and what they were seen to show."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby, pairwise

from kanmon.consent.policy import PolicyVersion
from kanmon.ids import PolicyId, ScreenId, SeasonId

ALWAYS = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Screen:
    """One screen of the board that shows a policy and may take consent, over `[shown_from, shown_to)`."""

    screen_id: ScreenId
    season: SeasonId
    function: str
    policy_id: PolicyId
    shown_from: datetime | None
    shown_to: datetime | None
    url: str | None = None


@dataclass(frozen=True)
class Rendering:
    """What a screen of `policy_id` showed when it was looked at; `text_no` numbers a displayed text."""

    screen_id: ScreenId
    policy_id: PolicyId
    seen_at: datetime
    text_no: int


class Standing(StrEnum):
    """Why what was agreed on a screen doesn't count, whatever its words."""

    UNVERIFIED = "unverified"
    QUARANTINED = "quarantined"


@dataclass(frozen=True)
class Doubt:
    """A span `[begins_at, ends_at)` in which a screen's consents don't count, but those to texts that were released."""

    screen_id: ScreenId
    begins_at: datetime
    ends_at: datetime
    standing: Standing
    released: frozenset[int] = frozenset()
    """Numbers of texts that count nevertheless, since the screen was seen right again afterwards."""


def doubts(renderings: Sequence[Rendering], texts: Mapping[int, PolicyVersion], until: datetime) -> list[Doubt]:
    """Every doubt about screens that were looked at by `until` (INV-6, AC-10); the others have none.

    A screen is right where it shows the version of its policy in force at that moment, in any language. Before its
    first look it is unverified. From the last right look to the next right one, where a wrong one lies between, it is
    quarantined; once it was seen right again, agreements to the words in force at their moment are released.
    """
    seen = sorted(
        (look for look in renderings if look.seen_at <= until), key=lambda look: (look.screen_id, look.seen_at)
    )
    found: list[Doubt] = []
    for screen_id, group in groupby(seen, key=lambda look: look.screen_id):
        looks = list(group)
        in_force = _InForce(looks[0].policy_id, texts)
        found.append(Doubt(screen_id, ALWAYS[0], looks[0].seen_at, Standing.UNVERIFIED))
        found += _quarantines(screen_id, looks, in_force)
    return found


class _InForce:
    """Which displayed texts are the words of a policy in force, by moment."""

    def __init__(self, policy_id: PolicyId, texts: Mapping[int, PolicyVersion]) -> None:
        by_moment: dict[datetime, set[int]] = {}
        for text_no, version in texts.items():
            if version.policy_id == policy_id:
                by_moment.setdefault(version.effective_from, set()).add(text_no)
        self.changes = sorted(by_moment)
        self._texts = [frozenset(by_moment[moment]) for moment in self.changes]

    def at(self, moment: datetime) -> frozenset[int]:
        place = bisect_right(self.changes, moment)
        return self._texts[place - 1] if place else frozenset()


def _quarantines(screen_id: ScreenId, looks: Sequence[Rendering], in_force: _InForce) -> Iterator[Doubt]:
    is_right = [look.text_no in in_force.at(look.seen_at) for look in looks]
    for place, look in enumerate(looks):
        is_last = place + 1 == len(looks)
        if is_right[place] and (is_last or is_right[place + 1]):
            continue
        ends_at = ALWAYS[1] if is_last else looks[place + 1].seen_at
        was_mended = any(is_right[place + 1 :])
        bounds = [look.seen_at, *(at for at in in_force.changes if look.seen_at < at < ends_at), ends_at]
        for begins, ends in pairwise(bounds):
            released = in_force.at(begins) if was_mended else frozenset()
            yield Doubt(screen_id, begins, ends, Standing.QUARANTINED, released)
