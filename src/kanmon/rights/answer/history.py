"""What a person did, as that person is shown it: on which browser, on which day, and what of it counted in a score.

It is read for the person alone, who owns it (APPI-16): no clearance is asked, since nothing is used. Events count as
theirs by the same reading of logins that features go by (`lake.browser`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from kanmon.core.ids import ClientId, CookieId, MemberNo
from kanmon.lake.cleared import ForeignStretch


@dataclass(frozen=True)
class DayOfActions:
    """What was done on one day in Japan: how many actions of each kind."""

    day: date
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All actions of the day."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class OwnBrowser:
    """A browser that was taken for the person's; the actions under their own login, where `cookie_id` is None."""

    cookie_id: CookieId | None
    is_shared: bool
    """Whether several members logged in on it."""
    days: Sequence[DayOfActions]
    """From old to new, days with actions only."""


@dataclass(frozen=True)
class ScoreQuery:
    """One score to be explained: whose, for whom, up to when, and what was corrected before it was computed."""

    member_no: MemberNo
    client_id: ClientId
    as_of: datetime
    covers_before_login: bool
    not_theirs: tuple[ForeignStretch, ...]
    partner_sites: tuple[str, ...] = ()
    """On which the person's actions counted."""


@dataclass(frozen=True)
class DailyActions:
    """Actions of one kind on one day and site: about the client that asked (`is_own`) or about others."""

    is_own: bool
    kind: str
    days_before: int
    """Whole days before `as_of`, 0 for the last 24 hours, as features count."""
    day: date
    """The day in Japan."""
    events: int
    weight: int
    site: str | None = None
    """The partner site; None for the board itself."""


class OwnHistory(Protocol):
    """Reads the lake for one person."""

    def browsers(self, member: MemberNo, at: datetime, not_theirs: Sequence[ForeignStretch]) -> Sequence[OwnBrowser]:
        """What was taken for a member's before `at`, but for what was corrected; their own login first."""

    def counted(self, asked: Sequence[ScoreQuery]) -> Sequence[Sequence[DailyActions]]:
        """What counted in each of some scores of one member."""

    def events(self, member: MemberNo, at: datetime) -> Sequence[Mapping[str, object]]:
        """Every event held before `at` that was taken for a member's, partner sites included, as plain values."""
