"""As whom a screen is looked at: with which device, for which time, with or without script, in which arm of a test."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product

from kanmon.core.language import N_


class Device(StrEnum):
    """What the visitor holds."""

    DESKTOP = "desktop"
    PHONE = "phone"


class Standing(StrEnum):
    """What the board knows of the visitor."""

    FIRST = "first"
    RETURNING = "returning"
    MEMBER = "member"


class ArmPlace(StrEnum):
    """By what a board chooses what somebody is shown."""

    COOKIE = "cookie"
    ADDRESS = "address"
    STORAGE = "storage"


@dataclass(frozen=True, order=True)
class Arm:
    """One arm of a test: a value that a cookie, the address or the browser's storage has."""

    place: ArmPlace
    name: str
    value: str


@dataclass(frozen=True)
class BoardVisitor:
    """Somebody before a screen; `is_fresh` comes past every cache."""

    language: str
    device: Device = Device.DESKTOP
    standing: Standing = Standing.FIRST
    runs_script: bool = True
    arm: Arm | None = None
    is_fresh: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the screen is there for them: somebody who is new, with a browser that runs scripts."""
        return self.standing is Standing.FIRST and self.runs_script

    def described(self, gettext: Callable[[str], str]) -> str:
        """Who it is, in words."""
        words = gettext(VISITOR_WORDS) % {
            "device": gettext(DEVICE_WORDS[self.device]),
            "standing": gettext(STANDING_WORDS[self.standing]),
            "script": gettext(SCRIPT_WORDS[self.runs_script]),
        }
        more = [gettext(FRESH_WORDS)] if self.is_fresh else []
        if self.arm is not None:
            more.append(gettext(ARM_WORDS[self.arm.place]) % {"name": self.arm.name, "value": self.arm.value})
        for part in more:
            words = gettext(MORE_WORDS) % {"visitor": words, "more": part}
        return words


VISITOR_WORDS = N_("%(device)s, %(standing)s, %(script)s")
MORE_WORDS = N_("%(visitor)s, %(more)s")
DEVICE_WORDS: Mapping[Device, str] = {Device.DESKTOP: N_("on a desktop"), Device.PHONE: N_("on a phone")}
STANDING_WORDS: Mapping[Standing, str] = {
    Standing.FIRST: N_("first visit"),
    Standing.RETURNING: N_("returning visitor"),
    Standing.MEMBER: N_("signed in"),
}
SCRIPT_WORDS: Mapping[bool, str] = {True: N_("with script"), False: N_("without script")}
FRESH_WORDS = N_("past every cache")
ARM_WORDS: Mapping[ArmPlace, str] = {
    ArmPlace.COOKIE: N_("arm %(name)s=%(value)s of a cookie"),
    ArmPlace.ADDRESS: N_("arm %(name)s=%(value)s of the address"),
    ArmPlace.STORAGE: N_("arm %(name)s=%(value)s of the browser's storage"),
}
"""What each is, in words; ids of messages."""

Visitors = Callable[[str], Sequence[BoardVisitor]]
"""The visitors who look at each screen in a language."""
MOST_ARMS = 16
"""How many arms of a screen are looked at."""
_SIBLINGS = (
    ("a", "b", "c"), ("A", "B", "C"), tuple("0123456789"), ("control", "treatment", "variant", "test"), ("old", "new"),
    ("true", "false"), ("on", "off"), ("yes", "no"), ("default", "beta"), ("v1", "v2", "v3"),
)  # fmt: skip
"""Values that stand beside each other where a board tests two arms."""
_VALUE = re.compile(r"[A-Za-z0-9_.&=-]{1,24}")
_IDENTIFIES = 5
"""From how many values on, each met once, a name stands for the visitor and not for an arm."""


_ABOUT_SOMETHING = 6
"""Above how many values a name in an address says what a page is about, as a company does, and not how it looks."""


def everybody(language: str) -> Sequence[BoardVisitor]:
    """Each device, each standing, with and without script, and somebody who comes past every cache."""
    everyone = [
        BoardVisitor(language, device, standing, runs_script)
        for standing, runs_script, device in product(Standing, (True, False), Device)
    ]
    return [*everyone, BoardVisitor(language, is_fresh=True)]


def first_visit(language: str) -> Sequence[BoardVisitor]:
    """Nobody but a new visitor on a desktop."""
    return [BoardVisitor(language)]


def for_unregistered(languages: Sequence[str]) -> Sequence[BoardVisitor]:
    """Two visitors who share nothing: a new one on a desktop, and a member on a phone."""
    return [BoardVisitor(languages[0]), BoardVisitor(languages[-1], Device.PHONE, Standing.MEMBER)]


def in_arm(language: str, arm: Arm, place: int) -> BoardVisitor:
    """Who looks at an arm: on a desktop and on a phone in turn."""
    device = Device.DESKTOP if place % 2 == 0 else Device.PHONE
    return replace(BoardVisitor(language, device), arm=arm)


def arms(met: Iterable[Arm]) -> list[Arm]:
    """The arms that a board has, after all that visitors met: those first, then what stands beside them.

    A value that is long, or of which every visitor got another, names the visitor.
    """
    values: dict[tuple[ArmPlace, str], list[str]] = defaultdict(list)
    for arm in met:
        values[arm.place, arm.name].append(arm.value)
    seen: list[Arm] = []
    beside: list[Arm] = []
    for (place, name), found in sorted(values.items()):
        distinct = sorted(set(found))
        if len(distinct) >= _IDENTIFIES and len(distinct) * 2 > len(found):
            continue
        if place is ArmPlace.ADDRESS and len(distinct) > _ABOUT_SOMETHING:
            continue
        fit = [value for value in distinct if _VALUE.fullmatch(value)]
        seen += [Arm(place, name, value) for value in fit]
        beside += [Arm(place, name, value) for value in dict.fromkeys(_beside(fit)) if value not in fit]
    return [*seen, *beside][:MOST_ARMS]


def _beside(values: Sequence[str]) -> Iterator[str]:
    for value in values:
        for siblings in _SIBLINGS:
            if value in siblings:
                yield from siblings
