"""What the platform does to accounts: make, bind, list, close, have one begin anew, end its sessions.

Every deed is recorded.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kanmon.access.account import NewAccount
from kanmon.access.oidc import Identity
from kanmon.access.session import OpenSession
from kanmon.core.clock import Clock
from kanmon.core.errors import UsageError
from kanmon.core.language import N_
from kanmon.core.transaction import Begin
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.service import Ledger


class AccountAct(StrEnum):
    """What is done to an account."""

    ADD = "add"
    BIND = "bind"
    CLOSE = "close"
    RESET = "reset"
    END_SESSIONS = "end_sessions"


@dataclass(frozen=True)
class ListedAccount:
    """An account as the privacy owner sees it; instants in UTC."""

    name: str
    role: str
    whose: str | None
    """The member, the client, or the person of the platform's staff; None: who is named as the account."""
    created_at: datetime
    closed_at: datetime | None
    sessions: int
    """Open ones."""
    passkeys: int


@dataclass(frozen=True)
class AccountState:
    """An account that is held; `closed_at` in UTC, None while it is open."""

    account_no: int
    closed_at: datetime | None


class AccountsStore(Protocol):
    """Accounts in one transaction."""

    def add(self, account: NewAccount, password_hash: str, created_at: datetime) -> None:
        """Make an account; `UsageError` where the name or the member has one, or member or client is unknown."""

    def bind(self, name: str, identity: Identity, at: datetime) -> None:
        """Have an identity open the account of that name; `UsageError` where it opens one already, or there is none."""

    def listed(self) -> Sequence[ListedAccount]:
        """Every account, by name."""

    def hold(self, name: str) -> AccountState | None:
        """The account of that name, closed ones too, held until the transaction ends."""

    def close(self, account_no: int, at: datetime) -> None:
        """Close an account: nobody comes in by it, and its sessions end."""

    def reset(self, account_no: int, password_hash: str) -> None:
        """Have an account begin anew, open, with this password: its sessions, passkeys and identities go."""

    def end_sessions_of(self, account_no: int) -> int:
        """End every session of an account."""

    def sessions_of(self, account_no: int, at: datetime) -> Sequence[OpenSession]:
        """The open sessions of an account, newest first."""

    def note_act(self, account_no: int, act: AccountAct, by: str, because: str, at: datetime, ledger_seq: int) -> None:
        """Keep for good what was done to an account."""


class Hasher(Protocol):
    """Hashes passwords slowly."""

    def hash(self, password: str) -> str:
        """A hash that holds its own salt and cost."""


class Accounts:
    """Deeds to accounts, each in a transaction of its own that enters it into the ledger."""

    def __init__(self, begin: Begin[tuple[AccountsStore, Ledger]], passwords: Hasher, clock: Clock) -> None:
        self._begin = begin
        self._passwords = passwords
        self._clock = clock

    def listed(self) -> Sequence[ListedAccount]:
        """Every account, by name."""
        with self._begin() as (store, _):
            return store.listed()

    def add(self, account: NewAccount, by: str, because: str) -> str:
        """Make an account, and its first password, which is told here and never again; `UsageError` as the store's."""
        password = secrets.token_urlsafe(15)
        hashed = self._passwords.hash(password)
        with self._begin() as (store, ledger):
            store.add(account, hashed, self._clock.real())
            self._note(store, ledger, _known(store, account.name), AccountAct.ADD, by, because, role=account.role)
        return password

    def bind(self, name: str, identity: Identity, by: str, because: str) -> None:
        """Have somebody at an OpenID provider come in by an account; `UsageError` as the store's."""
        with self._begin() as (store, ledger):
            store.bind(name, identity, self._clock.real())
            self._note(store, ledger, _known(store, name), AccountAct.BIND, by, because, issuer=identity.issuer)

    def sessions(self, name: str) -> Sequence[OpenSession]:
        """The open sessions of an account, newest first; `UsageError` where there is no such account."""
        with self._begin() as (store, _):
            return store.sessions_of(_known(store, name).account_no, self._clock.real())

    def close(self, name: str, by: str, because: str) -> None:
        """Close an account; `UsageError` where there is none, it is closed, or nobody says who closes it and why."""
        with self._begin() as (store, ledger):
            state = _known(store, name)
            if state.closed_at is not None:
                raise UsageError(N_("the account %(name)s is closed already"), name=name)
            self._note(store, ledger, state, AccountAct.CLOSE, by, because)
            store.close(state.account_no, self._clock.real())

    def reset(self, name: str, by: str, because: str) -> str:
        """Have an account begin anew, a closed one too; its new first password, told here and never again."""
        password = secrets.token_urlsafe(15)
        hashed = self._passwords.hash(password)
        with self._begin() as (store, ledger):
            state = _known(store, name)
            self._note(store, ledger, state, AccountAct.RESET, by, because)
            store.reset(state.account_no, hashed)
        return password

    def end_sessions(self, name: str, by: str, because: str) -> int:
        """End every session of an account; how many there were."""
        with self._begin() as (store, ledger):
            state = _known(store, name)
            self._note(store, ledger, state, AccountAct.END_SESSIONS, by, because)
            return store.end_sessions_of(state.account_no)

    def _note(
        self,
        store: AccountsStore,
        ledger: Ledger,
        state: AccountState,
        act: AccountAct,
        by: str,
        because: str,
        **more: str,
    ) -> None:
        if not by.strip() or not because.strip():
            raise UsageError(N_("say who does this to the account, and why"))
        at = self._clock.real()
        payload = {
            "account_no": state.account_no, "act": act.value, "by": by.strip(), "because": because.strip(), **more
        }  # fmt: skip
        (seq,) = ledger.append([NewEntry(EntryType.ACCOUNT, at, payload)])
        store.note_act(state.account_no, act, by.strip(), because.strip(), at, seq)
        ledger.sign(at)


def _known(store: AccountsStore, name: str) -> AccountState:
    state = store.hold(name)
    if state is None:
        raise UsageError(N_("there is no account with the name %(name)s"), name=name)
    return state
