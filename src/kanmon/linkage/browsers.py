"""Browsers that tie events by cookie to members: how many are shared, and how many events are left out for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.core.ids import ClientId, MemberNo


@dataclass(frozen=True, slots=True)
class MemberQuery:
    """One member of whom a client's row speaks, up to `as_of` (UTC)."""

    client_id: ClientId
    member_no: MemberNo
    as_of: datetime


@dataclass(frozen=True, slots=True)
class BrowserSummary:
    """The browsers of one client's applicants, and the events of nobody known to be logged in on them."""

    cookies: int = 0
    """Browsers on which any of these members logged in before the moment judged."""
    shared: int = 0
    """Of those, browsers on which several members logged in."""
    events: int = 0
    before_login: int = 0
    """Of the events, those before the first login on a browser of one member: they count where the consent says so."""
    left_out: int = 0
    """Of the events, those on a shared browser of which nobody can say whose they are: they count for nobody."""


class Browsers(Protocol):
    """Looks through logins and events by cookie; what it tells are numbers only, and no clearance is asked for them."""

    def summary(self, asked: Sequence[MemberQuery]) -> Mapping[ClientId, BrowserSummary]:
        """One summary for each client; one without any browser is left out."""
