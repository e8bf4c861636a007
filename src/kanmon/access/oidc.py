"""Sign-in through an OpenID provider: authorization code with PKCE (RFC 7636), bound to the browser that began it.

Who signs in there is nobody here until the subject was bound to an account: by `kanmon account bind`, or by the person,
signed in, on the account page. A login makes no account. What a login needs to be finished lies in the database, for
ten minutes and for one use, so any server process can finish it, and a copied address can't.
"""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from kanmon.access.account import Account
from kanmon.access.session import Sessions, Way, hashed
from kanmon.core.clock import Clock
from kanmon.core.errors import IdentityRefused, IdentityUnbound
from kanmon.core.language import N_
from kanmon.core.transaction import Begin

LOGIN_LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class Identity:
    """A subject of an OpenID provider: the two together name one person, for ever."""

    issuer: str
    subject: str


@dataclass(frozen=True)
class BoundIdentity:
    """An identity that opens an account."""

    identity_no: int
    identity: Identity
    bound_at: datetime


@dataclass(frozen=True)
class Login:
    """A login that was begun: what its answer must fit."""

    nonce: str
    verifier: str
    account_no: int | None
    """The account that the identity is to be connected with; None where it is to sign in."""


@dataclass(frozen=True)
class LoginRedirect:
    """Where to go to sign in, and what the browser keeps until it comes back."""

    url: str
    browser_token: str


class Provider(Protocol):
    """An OpenID provider."""

    name: str

    def address(self, redirect_uri: str, state: str, nonce: str, challenge: str) -> str:
        """Where a browser goes to sign in; `ProviderUnavailable` where the provider doesn't say."""

    def identity(self, code: str, redirect_uri: str, login: Login) -> Identity:
        """Whom a code stands for, by a verified ID token; `IdentityRefused`, `ProviderUnavailable`."""


class IdentityStore(Protocol):
    """Logins that were begun, and bound identities, within one transaction."""

    def begin_login(
        self, state_sha256: bytes, browser_sha256: bytes, login: Login, at: datetime, ends: datetime
    ) -> None:
        """Keep what a login needs, and forget those whose time is over."""

    def take_login(self, state_sha256: bytes, browser_sha256: bytes, at: datetime) -> Login | None:
        """The login of a state, once, and only for the browser that began it."""

    def find(self, identity: Identity) -> Account | None:
        """The account that an identity opens."""

    def bind(self, name: str, identity: Identity, at: datetime) -> None:
        """Have an identity open the account of that name; `UsageError` where it opens one already, or there is none."""

    def bound(self, account: Account) -> Sequence[BoundIdentity]:
        """The identities that open an account, oldest first."""

    def unbind(self, account: Account, identity_no: int) -> bool:
        """Have an identity open the account no longer; whether it did."""


class Identities:
    """Which identities open which accounts."""

    def __init__(self, begin: Begin[IdentityStore], clock: Clock) -> None:
        self._begin = begin
        self._clock = clock

    def bound(self, account: Account) -> Sequence[BoundIdentity]:
        """The identities that open an account, oldest first."""
        with self._begin() as store:
            return store.bound(account)

    def unbind(self, account: Account, identity_no: int) -> bool:
        """Have an identity open the account no longer; whether it did."""
        with self._begin() as store:
            return store.unbind(account, identity_no)


class OidcSignIn:
    """Lets in whom the provider vouches for."""

    def __init__(self, begin: Begin[IdentityStore], provider: Provider, sessions: Sessions, clock: Clock) -> None:
        self._begin = begin
        self._provider = provider
        self._sessions = sessions
        self._clock = clock
        self.name = provider.name

    def start(self, redirect_uri: str, account: Account | None = None) -> LoginRedirect:
        """Begin a login: to connect the identity with an account where one is named, else to sign in."""
        state, browser_token, now = secrets.token_urlsafe(32), secrets.token_urlsafe(32), self._clock.real()
        account_no = None if account is None else account.account_no
        login = Login(secrets.token_urlsafe(32), secrets.token_urlsafe(48), account_no)
        url = self._provider.address(redirect_uri, state, login.nonce, challenge_of(login.verifier))
        with self._begin() as store:
            store.begin_login(hashed(state), hashed(browser_token), login, now, now + LOGIN_LASTS)
        return LoginRedirect(url, browser_token)

    def finish(
        self,
        answer: Mapping[str, str],
        browser_token: str,
        redirect_uri: str,
        signed_in: Account | None,
        old_token: str | None,
    ) -> str | None:
        """A token for a new session, or None where the identity was connected with the account of who is signed in.

        `answer` is what the provider sent the browser back with. `IdentityRefused` where anything of it doesn't fit,
        `IdentityUnbound` where nobody here is that subject.
        """
        now = self._clock.real()
        with self._begin() as store:
            login = store.take_login(hashed(answer.get("state", "")), hashed(browser_token), now)
        if login is None:
            raise IdentityRefused(N_("this sign-in was begun elsewhere, is over or was used already; begin it again"))
        if "code" not in answer:
            raise IdentityRefused(N_("you were not signed in there; begin again, or sign in another way"))
        if login.account_no is not None and (signed_in is None or signed_in.account_no != login.account_no):
            raise IdentityRefused(N_("this sign-in was begun elsewhere, is over or was used already; begin it again"))
        identity = self._provider.identity(answer["code"], redirect_uri, login)
        with self._begin() as store:
            if login.account_no is not None and signed_in is not None:
                store.bind(signed_in.name, identity, now)
                return None
            account = store.find(identity)
        if account is None:
            raise IdentityUnbound(
                N_("no account is connected with it; sign in with your password and connect it on the account page")
            )
        return self._sessions.start(account, Way.OIDC, old_token)


def challenge_of(verifier: str) -> str:
    """The challenge `S256` of a PKCE verifier."""
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
