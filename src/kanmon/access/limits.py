"""How much is let through within a minute: attempts to come in by client address, own pages by
account, the API by key.

The counts lie in the database: they hold for all server processes together. A minute begins with the first of what it
counts, so up to twice the amount can pass around its end.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil
from threading import Lock
from typing import Protocol

from kanmon.core.clock import Clock
from kanmon.core.errors import TooManyRequests, UsageError
from kanmon.core.language import N_
from kanmon.core.transaction import Begin

WITHIN = timedelta(minutes=1)
_BLOCKS = 600
"""Into which an allowance is parted where it is taken in blocks."""
_HOME_PREFIX = 64
"""Bits of an IPv6 address that one line has in common."""


class Limit(StrEnum):
    """What is counted; the value names the environment variable that sets it."""

    SIGN_IN = "KANMON_LIMIT_SIGN_IN"
    """Passwords and passkeys tried from one client address; a campus may stand behind one."""
    OIDC = "KANMON_LIMIT_OIDC"
    """Logins at the OpenID provider begun from one client address."""
    OWN_PAGES = "KANMON_LIMIT_OWN_PAGES"
    """Pages and files with a person's own scores, from one account."""
    API_REQUESTS = "KANMON_LIMIT_API_REQUESTS"
    """Requests with one API key."""
    API_EVENTS = "KANMON_LIMIT_API_EVENTS"
    """Events sent with one API key."""
    API_RENDERINGS = "KANMON_LIMIT_API_RENDERINGS"
    """Reports of rendered words with one API key: apart from its requests, so that a flood of them costs no consent."""
    RENDERINGS = "KANMON_LIMIT_RENDERINGS"
    """Reports of rendered words that the demo board passes on from one client address."""


DEFAULTS = {
    Limit.SIGN_IN: 120,
    Limit.OIDC: 120,
    Limit.OWN_PAGES: 120,
    Limit.API_REQUESTS: 60_000,
    Limit.API_EVENTS: 6_000_000,
    Limit.API_RENDERINGS: 60_000,
    Limit.RENDERINGS: 600,
}


class CountStore(Protocol):
    """Counts within one transaction."""

    def count(
        self, limit: Limit, whose_sha256: bytes, amount: int, at: datetime, ends_at: datetime
    ) -> tuple[int, datetime]:
        """Add to a count, begun anew where its minute is over: what it is now, and when its minute ends."""


class Limits:
    """Refuses what is more than is let through."""

    def __init__(self, begin: Begin[CountStore], allowed: Mapping[Limit, int], clock: Clock) -> None:
        self._begin = begin
        self._allowed = allowed
        self._clock = clock

    def allowed(self, limit: Limit) -> int:
        """How much is let through within a minute."""
        return self._allowed[limit]

    def take(self, limit: Limit, whose: str, amount: int = 1) -> None:
        """Count an amount as somebody's; `TooManyRequests` where it is more than is left of this minute."""
        now = self._clock.real()
        with self._begin() as store:
            count, ends_at = store.count(limit, sha256(whose.encode()).digest(), amount, now, now + WITHIN)
        if count > self._allowed[limit]:
            seconds = max(1, ceil((ends_at - now).total_seconds()))
            raise TooManyRequests(
                N_("that is too much within a minute; try again in %(seconds)s seconds"), seconds=seconds
            )


class BlockLimit:
    """One limit, taken from the shared count a block at a time, so that most requests cost no transaction.

    What is left of a block when its minute is over is lost: a process lets through at most what is allowed.
    """

    def __init__(self, limits: Limits, limit: Limit, clock: Clock) -> None:
        self._limits = limits
        self._limit = limit
        self._clock = clock
        self._block = max(1, limits.allowed(limit) // _BLOCKS)
        self._left: dict[str, tuple[int, datetime]] = {}
        self._lock = Lock()

    def take(self, whose: str) -> bool:
        """Count one as somebody's out of the block at hand; whether there was one."""
        with self._lock:
            left, ends_at = self._left.get(whose, (0, datetime.min.replace(tzinfo=UTC)))
            if left == 0 or ends_at <= self._clock.real():
                return False
            self._left[whose] = left - 1, ends_at
            return True

    def take_block(self, whose: str) -> None:
        """Count one as somebody's, and the rest of its block ahead; `TooManyRequests`."""
        now = self._clock.real()
        self._limits.take(self._limit, whose, self._block)
        with self._lock:
            self._left = {name: block for name, block in self._left.items() if block[1] > now}
            left = self._left.get(whose, (0, now))[0]
            self._left[whose] = left + self._block - 1, now + WITHIN


def allowed_by(environ: Mapping[str, str]) -> Mapping[Limit, int]:
    """The amounts that the environment sets, else the defaults; `UsageError` for what is no whole number from 1."""
    return {limit: _amount(limit, environ.get(limit) or str(DEFAULTS[limit])) for limit in Limit}


def line_of(address: str) -> str:
    """What is counted as one client: an address or, of IPv6, the network that one line is given."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        mapped, network = found.ipv4_mapped, IPv6Network((found, _HOME_PREFIX), strict=False)
        return str(network if mapped is None else mapped)
    return str(found)


def _amount(limit: Limit, written: str) -> int:
    if not written.isascii() or not written.isdigit() or int(written) < 1:
        raise UsageError(N_("%(name)s is a whole number from 1, not “%(written)s”"), name=limit.value, written=written)
    return int(written)
