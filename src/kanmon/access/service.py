"""Sign-in by name and password. Failed attempts go by the machine's own clock, in a replay as well."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from kanmon.access.account import Account, ReadPurpose
from kanmon.access.session import Sessions, SessionStore, Way
from kanmon.core.clock import Clock
from kanmon.core.errors import SignInRefused, TooManyAttempts, UsageError
from kanmon.core.language import N_
from kanmon.core.transaction import Begin

FAILURES_ALLOWED = 10
"""Wrong passwords for one name within `FAILURES_COUNT_FOR`; then the name waits, whoever asks."""
FAILURES_COUNT_FOR = timedelta(minutes=15)
SHORTEST_PASSWORD = 12
_PRODUCT = "kanmon"


class AccountStore(SessionStore, Protocol):
    """Accounts, their sessions and failed attempts within one transaction."""

    def find(self, name: str) -> tuple[Account, str] | None:
        """The account of that name and the hash of its password."""

    def change_password(self, account: Account, password_hash: str) -> None:
        """Take the password in place of the old one, and end every session of the account."""

    def begin_attempt(self, door_sha256: bytes, at: datetime, since: datetime) -> bool:
        """Note an attempt before the password is looked at; False where too many were noted since then.

        Attempts at one door that come at the same time are noted one after the other, so that all of them count.
        """

    def end_attempt(self, door_sha256: bytes, at: datetime) -> None:
        """Take an attempt back that was noted at `at`: it was right."""

    def note_read(self, account: Account, purpose: ReadPurpose, subject: str, at: datetime) -> None:
        """Note that an account read scores: those of a member, or of a provision."""


class PasswordHasher(Protocol):
    """Hashes passwords slowly."""

    def hash(self, password: str) -> str:
        """A hash that holds its own salt and cost."""

    def verify(self, password: str, password_hash: str) -> bool:
        """Whether the password is the one that was hashed."""

    def is_easily_guessed(self, password: str, known_words: Collection[str]) -> bool:
        """Whether it is common, or soon guessed by somebody who knows these words."""


class SignIn:
    """Lets people in; no transaction is open while a password is hashed."""

    def __init__(self, begin: Begin[AccountStore], passwords: PasswordHasher, clock: Clock) -> None:
        self._begin = begin
        self._passwords = passwords
        self._clock = clock
        self.sessions = Sessions(begin, clock)
        self._nobodys = passwords.hash(secrets.token_urlsafe())

    def sign_in(self, name: str, password: str, old_token: str | None = None) -> str:
        """A token for a new session; that of `old_token` ends.

        `SignInRefused` does not say whether the name or the password is wrong, and takes as long for either;
        `TooManyAttempts` after too many wrong passwords for that name.
        """
        account = self._let_in(name, password, sha256(name.encode()).digest())
        return self.sessions.start(account, Way.PASSWORD, old_token)

    def prove(self, account: Account, password: str) -> None:
        """Have somebody who is signed in prove to know the password, before a way to come in is changed or added.

        `SignInRefused` where it is wrong; `TooManyAttempts` after too many wrong ones, counted apart from those at the
        front door: whoever took over a session must not guess, nor close the front door to the owner.
        """
        self._let_in(account.name, password, sha256(b"signed in as " + account.name.encode()).digest())

    def change_password(self, account: Account, old: str, new: str) -> None:
        """Take a new password; errors of `prove` for the old one, `UsageError` for a new one that is short or weak."""
        if len(new) < SHORTEST_PASSWORD:
            raise UsageError(N_("a password has at least %(length)s characters"), length=SHORTEST_PASSWORD)
        known_words = (account.name, account.person, account.member_id or "", account.client_id or "", _PRODUCT)
        if self._passwords.is_easily_guessed(new, known_words):
            raise UsageError(
                N_(
                    "this password is a common one, or soon guessed from words, dates or the name; take several words "
                    "that have nothing to do with each other"
                )
            )
        self.prove(account, old)
        hashed = self._passwords.hash(new)
        with self._begin() as store:
            store.change_password(account, hashed)

    def _let_in(self, name: str, password: str, door_sha256: bytes) -> Account:
        """The account of that name, where the password is right; the attempt counts before it is looked at."""
        now = self._clock.real()
        with self._begin() as store:
            is_begun = store.begin_attempt(door_sha256, now, now - FAILURES_COUNT_FOR)
            found = store.find(name)
        if not is_begun:
            raise TooManyAttempts(N_("too many wrong passwords for this name; try again in a quarter of an hour"))
        if not self._passwords.verify(password, self._nobodys if found is None else found[1]) or found is None:
            raise SignInRefused(N_("the name or the password is wrong"))
        with self._begin() as store:
            store.end_attempt(door_sha256, now)
        return found[0]

    def note_read(self, account: Account, purpose: ReadPurpose, subject: str) -> None:
        """Note that an account read scores, before they are shown."""
        with self._begin() as store:
            store.note_read(account, purpose, subject, self._clock.real())
