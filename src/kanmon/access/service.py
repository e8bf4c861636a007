"""Sign-in by name and password. Failed attempts go by the machine's own clock, in a replay as well."""

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from kanmon.access.account import Account, NewAccount, ReadPurpose
from kanmon.access.session import Sessions, SessionStore, Way
from kanmon.clock import Clock
from kanmon.errors import SignInRefused, TooManyAttempts, UsageError
from kanmon.language import N_

FAILURES_ALLOWED = 10
"""Wrong passwords for one name within `FAILURES_COUNT_FOR`; then the name waits, whoever asks."""
FAILURES_COUNT_FOR = timedelta(minutes=15)
SHORTEST_PASSWORD = 12


class AccountStore(SessionStore, Protocol):
    """Accounts, their sessions and failed attempts within one transaction."""

    def find(self, name: str) -> tuple[Account, str] | None:
        """The account of that name and the hash of its password."""

    def add(self, account: NewAccount, password_hash: str, created_at: datetime) -> None:
        """Make an account; `UsageError` where the name or the member has one, or member or client is unknown."""

    def change_password(self, account: Account, password_hash: str) -> None:
        """Take the password in place of the old one, and end every session of the account."""

    def failures(self, name_sha256: bytes, since: datetime) -> int:
        """How many attempts failed for a name since then."""

    def add_failure(self, name_sha256: bytes, at: datetime, forget_before: datetime) -> None:
        """Note a failed attempt, and forget those of all names that no longer count."""

    def note_read(self, account: Account, purpose: ReadPurpose, subject: str, at: datetime) -> None:
        """Note that an account read scores: those of a member, or of a provision."""


class PasswordHasher(Protocol):
    """Hashes passwords slowly."""

    def hash(self, password: str) -> str:
        """A hash that holds its own salt and cost."""

    def verify(self, password: str, password_hash: str) -> bool:
        """Whether the password is the one that was hashed."""


class SignIn:
    """Lets people in; no transaction is open while a password is hashed."""

    def __init__(
        self, begin: Callable[[], AbstractContextManager[AccountStore]], passwords: PasswordHasher, clock: Clock
    ) -> None:
        self._begin = begin
        self._passwords = passwords
        self._clock = clock
        self.sessions = Sessions(begin, clock)
        self._nobodys = passwords.hash(secrets.token_urlsafe())

    def add(self, account: NewAccount) -> str:
        """Make an account, and its first password, which is told here and never again."""
        password = secrets.token_urlsafe(15)
        hashed = self._passwords.hash(password)
        with self._begin() as store:
            store.add(account, hashed, self._clock.real())
        return password

    def sign_in(self, name: str, password: str, old_token: str | None = None) -> str:
        """A token for a new session; that of `old_token` ends.

        `SignInRefused` does not say whether the name or the password is wrong, and takes as long for either;
        `TooManyAttempts` after too many wrong passwords for that name.
        """
        now, name_sha256 = self._clock.real(), sha256(name.encode()).digest()
        with self._begin() as store:
            failed = store.failures(name_sha256, now - FAILURES_COUNT_FOR)
            found = store.find(name)
        if failed >= FAILURES_ALLOWED:
            raise TooManyAttempts(N_("too many wrong passwords for this name; try again in a quarter of an hour"))
        if not self._passwords.verify(password, self._nobodys if found is None else found[1]) or found is None:
            with self._begin() as store:
                store.add_failure(name_sha256, now, now - FAILURES_COUNT_FOR)
            raise SignInRefused(N_("the name or the password is wrong"))
        return self.sessions.start(found[0], Way.PASSWORD, old_token)

    def change_password(self, account: Account, old: str, new: str) -> None:
        """Take a new password; `SignInRefused` where the old one is wrong, `UsageError` where the new one is short."""
        if len(new) < SHORTEST_PASSWORD:
            raise UsageError(N_("a password has at least %(length)s characters"), length=SHORTEST_PASSWORD)
        with self._begin() as store:
            found = store.find(account.name)
        if found is None or not self._passwords.verify(old, found[1]):
            raise SignInRefused(N_("the name or the password is wrong"))
        hashed = self._passwords.hash(new)
        with self._begin() as store:
            store.change_password(account, hashed)

    def note_read(self, account: Account, purpose: ReadPurpose, subject: str) -> None:
        """Note that an account read scores, before they are shown."""
        with self._begin() as store:
            store.note_read(account, purpose, subject, self._clock.real())
