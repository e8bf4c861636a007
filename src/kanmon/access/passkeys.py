"""Passkeys (WebAuthn): registered by who is signed in, then enough alone, with no name to type and none to close.

A challenge is made here, is used once and lasts five minutes. The authenticator must have verified its user.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from kanmon.access.account import Account
from kanmon.access.session import Sessions, Way
from kanmon.core.clock import Clock
from kanmon.core.errors import PasskeyRefused, UsageError
from kanmon.core.language import N_
from kanmon.core.transaction import Begin

CHALLENGE_LASTS = timedelta(minutes=5)
LONGEST_NAME = 100


@dataclass(frozen=True)
class Site:
    """Whom a passkey is for: the origin of our pages, and its host as the ID of the relying party."""

    origin: str
    host: str

    @classmethod
    def of(cls, origin: str) -> "Site | None":
        """The site of an origin; None where it is an address, for which WebAuthn has no passkeys."""
        host = urlsplit(origin).hostname or ""
        try:
            ip_address(host)
        except ValueError:
            return cls(origin, host) if host else None
        return None


@dataclass(frozen=True)
class Passkey:
    """A registered passkey, as its owner sees it."""

    credential_id: bytes
    name: str
    registered_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Credential:
    """What an authenticator made: its ID, its public key (COSE), and how often it has signed."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True)
class PresentedCredential:
    """What an authenticator's answer says of itself, before anything of it is verified."""

    credential_id: bytes
    challenge: bytes


class Ceremonies(Protocol):
    """The two ceremonies of WebAuthn; what isn't right is a `PasskeyRefused`."""

    def to_register(self, site: Site, account: Account, challenge: bytes, known: Sequence[bytes]) -> str:
        """What the browser is asked for, as JSON; `known` are the IDs that the account has already."""

    def to_sign_in(self, site: Site, challenge: bytes) -> str:
        """What the browser is asked for, as JSON."""

    def presented(self, answer: str) -> PresentedCredential:
        """The credential and the challenge that an answer names."""

    def registered(self, site: Site, answer: str, challenge: bytes) -> Credential:
        """The credential that an answer brings."""

    def signed(self, site: Site, answer: str, challenge: bytes, credential: Credential, account: Account) -> int:
        """How often the credential has signed now; the answer is its, is of this account, and verifies."""


class PasskeyStore(Protocol):
    """Passkeys and challenges within one transaction."""

    def add_challenge(self, challenge_sha256: bytes, account: Account | None, at: datetime, ends_at: datetime) -> None:
        """Keep a challenge: for an account to register with or, where None, to sign in with; forget the ended ones."""

    def take_challenge(self, challenge_sha256: bytes, account: Account | None, at: datetime) -> bool:
        """Whether that challenge was open for that account; it no longer is."""

    def add(self, account: Account, name: str, credential: Credential, at: datetime) -> bool:
        """Keep a passkey; False where its ID is known already."""

    def list(self, account: Account) -> Sequence[Passkey]:
        """The passkeys of an account, oldest first."""

    def remove(self, account: Account, credential_id: bytes) -> bool:
        """Forget a passkey of an account; whether there was one."""

    def hold(self, credential_id: bytes) -> tuple[Account, Credential] | None:
        """A passkey and whose it is, held until the transaction ends."""

    def used(self, credential_id: bytes, sign_count: int, at: datetime) -> None:
        """Note that a passkey was used."""


class Passkeys:
    """Registers passkeys and lets in who holds one."""

    def __init__(
        self,
        begin: Begin[PasskeyStore],
        ceremonies: Ceremonies,
        sessions: Sessions,
        clock: Clock,
    ) -> None:
        self._begin = begin
        self._ceremonies = ceremonies
        self._sessions = sessions
        self._clock = clock

    def ask_to_register(self, site: Site, account: Account) -> str:
        """What a browser needs to make a passkey, as JSON."""
        with self._begin() as store:
            known = [passkey.credential_id for passkey in store.list(account)]
            challenge = self._challenge(store, account)
        return self._ceremonies.to_register(site, account, challenge, known)

    def register(self, site: Site, account: Account, name: str, answer: str) -> None:
        """Keep the passkey that a browser made; `PasskeyRefused`, `UsageError` for a name that is none."""
        if not (name.strip() and name.isprintable() and len(name) <= LONGEST_NAME):
            raise UsageError(N_("give the passkey a name of at most %(length)s characters"), length=LONGEST_NAME)
        challenge = self._taken(answer, account)
        credential = self._ceremonies.registered(site, answer, challenge)
        with self._begin() as store:
            if not store.add(account, name.strip(), credential, self._clock.real()):
                raise refused()

    def list(self, account: Account) -> Sequence[Passkey]:
        """The passkeys of an account, oldest first."""
        with self._begin() as store:
            return store.list(account)

    def remove(self, account: Account, credential_id: bytes) -> bool:
        """Forget a passkey of an account: it opens nothing from now on. Whether there was one."""
        with self._begin() as store:
            return store.remove(account, credential_id)

    def ask_to_sign_in(self, site: Site) -> str:
        """What a browser needs to sign in with a passkey, as JSON."""
        with self._begin() as store:
            challenge = self._challenge(store, None)
        return self._ceremonies.to_sign_in(site, challenge)

    def sign_in(self, site: Site, answer: str, old_token: str | None) -> str:
        """A token for a new session; `PasskeyRefused` whatever of the answer isn't right."""
        challenge = self._taken(answer, None)
        with self._begin() as store:
            # The row stays held while its answer is verified: a counter that was copied can't pass twice.
            found = store.hold(self._ceremonies.presented(answer).credential_id)
            if found is None:
                raise refused()
            account, credential = found
            sign_count = self._ceremonies.signed(site, answer, challenge, credential, account)
            store.used(credential.credential_id, sign_count, self._clock.real())
        return self._sessions.start(account, Way.PASSKEY, old_token)

    def _challenge(self, store: PasskeyStore, account: Account | None) -> bytes:
        challenge, now = secrets.token_bytes(32), self._clock.real()
        store.add_challenge(sha256(challenge).digest(), account, now, now + CHALLENGE_LASTS)
        return challenge

    def _taken(self, answer: str, account: Account | None) -> bytes:
        """The challenge of an answer, which is open no longer, whatever becomes of the answer."""
        challenge = self._ceremonies.presented(answer).challenge
        with self._begin() as store:
            if not store.take_challenge(sha256(challenge).digest(), account, self._clock.real()):
                raise refused()
        return challenge


def refused() -> PasskeyRefused:
    """The one thing that is said whatever of a passkey is not right."""
    return PasskeyRefused(N_("this passkey is not accepted; try it again, or sign in another way"))
