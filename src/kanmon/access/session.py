"""Sessions: how long somebody who came in stays in, on whichever server process, and how to end them.

A session is an opaque random token: the database holds its hash, so that reading the database lets nobody in. Sessions
go by the machine's own clock, in a replay as well.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from kanmon.access.account import Account
from kanmon.core.clock import Clock
from kanmon.core.transaction import Begin

LASTS = timedelta(hours=8)
IDLE_FOR = timedelta(hours=2)
"""A session that nobody used for so long has ended, whatever is left of its eight hours."""
SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is known when a session was last used."""


class Way(StrEnum):
    """How somebody came in."""

    PASSWORD = "password"  # noqa: S105 - the word, not a secret
    OIDC = "oidc"
    PASSKEY = "passkey"


@dataclass(frozen=True)
class OpenSession:
    """A session as its owner sees it in a list; `is_this` is the one that asks."""

    way: Way
    begun_at: datetime
    seen_at: datetime
    is_this: bool


class SessionStore(Protocol):
    """Sessions within one transaction."""

    def begin_session(
        self, account: Account, way: Way, token_sha256: bytes, begun_at: datetime, ends_at: datetime
    ) -> None:
        """Begin a session, and forget those that ended."""

    def session(self, token_sha256: bytes, at: datetime) -> Account | None:
        """Whose session that is at that moment; that it was used then is noted."""

    def sessions(self, account: Account, token_sha256: bytes, at: datetime) -> Sequence[OpenSession]:
        """The open sessions of an account, newest first; the token is that of the one that asks."""

    def end_session(self, token_sha256: bytes) -> None:
        """End a session."""

    def end_sessions(self, account: Account, except_for: bytes | None) -> None:
        """End every session of an account but the one with that hash of a token."""


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(self, begin: Begin[SessionStore], clock: Clock) -> None:
        self._begin = begin
        self._clock = clock

    def start(self, account: Account, way: Way, old_token: str | None) -> str:
        """A token for a new session; the one that the browser had until now ends."""
        token, now = secrets.token_urlsafe(32), self._clock.real()
        with self._begin() as store:
            if old_token is not None:
                store.end_session(hashed(old_token))
            store.begin_session(account, way, hashed(token), now, now + LASTS)
        return token

    def account(self, token: str) -> Account | None:
        """Whose session a token is; None where there is none or it has ended."""
        with self._begin() as store:
            return store.session(hashed(token), self._clock.real())

    def open_of(self, account: Account, token: str) -> Sequence[OpenSession]:
        """The open sessions of an account; `token` is the one that asks."""
        with self._begin() as store:
            return store.sessions(account, hashed(token), self._clock.real())

    def end(self, token: str) -> None:
        """End a session."""
        with self._begin() as store:
            store.end_session(hashed(token))

    def end_all(self, account: Account, except_token: str | None) -> None:
        """End every session of an account, but one where a token is named."""
        with self._begin() as store:
            store.end_sessions(account, None if except_token is None else hashed(except_token))


def hashed(token: str) -> bytes:
    """What the database holds in place of a token."""
    return sha256(token.encode()).digest()
