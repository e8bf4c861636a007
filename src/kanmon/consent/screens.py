"""The registry of screens on which people meet a policy text, and what they were seen to show."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby, pairwise

from kanmon.consent.in_force import TextsInForce
from kanmon.consent.policy import PolicyVersion
from kanmon.core.ids import PolicyId, ScreenId, SeasonId

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

    def is_in_use(self, at: datetime) -> bool:
        """Whether people meet the screen at a moment."""
        return (self.shown_from is None or self.shown_from <= at) and (self.shown_to is None or at < self.shown_to)


@dataclass(frozen=True)
class Rendering:
    """What a screen of `policy_id` showed when it was looked at; `text_no` numbers a displayed text."""

    screen_id: ScreenId
    policy_id: PolicyId
    seen_at: datetime
    text_no: int


class ScreenDoubt(StrEnum):
    """Why what was agreed on a screen doesn't count, whatever its words."""

    UNVERIFIED = "unverified"
    QUARANTINED = "quarantined"


@dataclass(frozen=True)
class Doubt:
    """A span `[begins_at, ends_at)` in which a screen's consents don't count, but those to texts that were released."""

    screen_id: ScreenId
    begins_at: datetime
    ends_at: datetime
    standing: ScreenDoubt
    released: frozenset[int] = frozenset()
    """Numbers of texts that count nevertheless, since the screen was seen right again afterwards."""


def doubts(
    renderings: Sequence[Rendering],
    versions: Collection[PolicyVersion],
    texts: Mapping[int, PolicyVersion],
    until: datetime,
) -> list[Doubt]:
    """Every doubt about screens that were looked at by `until` (INV-6, AC-10); the others have none.

    `versions` are all that are registered, `texts` those behind the numbers of displayed texts.
    A screen is right where it shows the version of its policy in force at that moment, in any language, and at that
    moment nothing else. Before its first look it is unverified. From the last right look to the next right one, where a
    wrong one lies between, it is quarantined; once it was seen right again, agreements to the words in force at their
    moment are released.
    """
    seen = sorted(
        (look for look in renderings if look.seen_at <= until), key=lambda look: (look.screen_id, look.seen_at)
    )
    found: list[Doubt] = []
    for (screen_id, policy_id), group in groupby(seen, key=lambda look: (look.screen_id, look.policy_id)):
        looks = list(group)
        found.append(Doubt(screen_id, ALWAYS[0], looks[0].seen_at, ScreenDoubt.UNVERIFIED))
        found += _quarantines(screen_id, looks, TextsInForce(policy_id, versions, texts))
    return found


def last_seen_right(
    screen_id: ScreenId, renderings: Sequence[Rendering], in_force: TextsInForce, before: datetime
) -> datetime | None:
    """When a screen was last seen before a moment to show nothing but words in force then; None where it never was."""
    shown: dict[datetime, set[int]] = {}
    for look in renderings:
        if look.screen_id == screen_id and look.seen_at < before:
            shown.setdefault(look.seen_at, set()).add(look.text_no)
    return max((at for at, texts in shown.items() if texts <= in_force.at(at)), default=None)


def _quarantines(screen_id: ScreenId, looks: Sequence[Rendering], in_force: TextsInForce) -> Iterator[Doubt]:
    shown = {at: {look.text_no for look in same} for at, same in groupby(looks, key=lambda look: look.seen_at)}
    is_right = [texts <= in_force.at(at) for at, texts in shown.items()]
    for place, (seen_at, next_at) in enumerate(pairwise([*shown, ALWAYS[1]])):
        if all(is_right[place : place + 2]):
            continue
        was_mended = any(is_right[place + 1 :])
        bounds = [seen_at, *(at for at in in_force.changes if seen_at < at < next_at), next_at]
        for begins_at, ends_at in pairwise(bounds):
            released = in_force.at(begins_at) if was_mended else frozenset()
            yield Doubt(screen_id, begins_at, ends_at, ScreenDoubt.QUARANTINED, released)
