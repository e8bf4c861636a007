"""Words as browsers rendered them: what is reported, what is counted, and from when on somebody is told (ADR 47).

A report names a screen and the hash of the words in its consent region, and nobody. A ticket proves that it comes from
a page for which we served words: each token has one, made of it, good for one report, and kept without whose it was.
Who can send reports can send false ones, so a report never closes a screen and never clears one: enough of them tell
the privacy owner and have the crawler look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from kanmon.core.ids import PolicyVersionId, ScreenId, TextSha256

HOUR = timedelta(hours=1)
PROVEN_ENOUGH = 3
"""So many proven reports of the same unknown words within an hour and the next are told."""
UNPROVEN_ENOUGH = 20
"""So many that nothing proves are told as well: a page out of a cache brings no ticket of its own."""
TOLD_APART = 20
"""Unknown words of a screen that an hour tells apart; further ones are counted together, as words without a hash."""
OTHERS = TextSha256("")
"""Stands for all unknown words beyond `TOLD_APART`."""
STANDS = timedelta(days=7)
"""How long reports are told to the privacy owner."""
KEPT = timedelta(days=90)
"""How long counts are kept."""
SHOWN_HOURS = 48
"""Hours in the picture."""
PICTURES = 3
"""How many screens have one."""


class ReportRefusal(StrEnum):
    """Why a report is not counted."""

    SCREEN_UNREGISTERED = "SCREEN_UNREGISTERED"


@dataclass(frozen=True)
class RenderedWords:
    """One report: which words a browser rendered on a screen, and what the page says they are."""

    screen_id: ScreenId
    text_sha256: TextSha256
    language: str = ""
    version_id: str = ""
    """The version that the page says it shows."""
    ticket: str | None = None


@dataclass(frozen=True)
class Ticket:
    """What was served for a page, without to whom."""

    screen_id: ScreenId
    language: str
    version_id: PolicyVersionId
    text_sha256: TextSha256


@dataclass(frozen=True, order=True)
class CountedWords:
    """What is counted together within an hour."""

    screen_id: ScreenId
    language: str
    version_id: PolicyVersionId
    text_sha256: TextSha256
    is_right: bool
    is_known: bool
    """Whether they are the words of some registered version, right or not."""


@dataclass(frozen=True)
class ReportedHour:
    """The reports of one screen in one hour."""

    screen_id: ScreenId
    hour: datetime
    right: int
    wrong: int


@dataclass(frozen=True)
class ReportedWords:
    """Other words than those in force, reported often enough to be told."""

    screen_id: ScreenId
    text_sha256: TextSha256
    version_id: PolicyVersionId | None
    """The registered version whose words they are; None for words that nobody knows."""
    proven: int
    unproven: int
    first_in: datetime
    last_in: datetime
    """The hours of the first and the last report."""
    looked_at: datetime | None
    """When the crawler looked at the screen last, since the first report; None where it did not."""
    was_seen: bool
    """Whether it saw just these words since then."""
    is_in_use: bool
    """Whether people meet the screen still."""

    @property
    def needs_look(self) -> bool:
        """Whether the crawler has not looked since the last report, and can."""
        return self.is_in_use and (self.looked_at is None or self.looked_at < self.last_in + HOUR)


def hour_of(moment: datetime) -> datetime:
    """The hour in which a moment lies."""
    return moment.replace(minute=0, second=0, microsecond=0)


def ticket_of(token: str) -> str:
    """The ticket of a token, as `kanmon.js` makes it; the token can't be had of it."""
    return sha256(f"kanmon-rendering:{token}".encode()).hexdigest()


def ticket_sha256(ticket: str) -> bytes:
    """What is kept of a ticket."""
    return sha256(ticket.encode()).digest()


def ticket_ends_at(served_at: datetime) -> datetime:
    """Until when a ticket counts: in whole hours, so that it does not tell the moment at which it was served."""
    return hour_of(served_at) + 2 * HOUR


def screens_to_look_at(reported: Sequence[ReportedWords]) -> list[ScreenId]:
    """The screens that the crawler has not looked at since other words were reported."""
    return sorted({words.screen_id for words in reported if words.needs_look})
