"""What the commands of `kanmon account` print with `--json`."""

from collections.abc import Sequence
from typing import NotRequired

from typing_extensions import TypedDict


class AccountResult(TypedDict):
    """An account; never its password."""

    name: str
    role: str
    whose: str | None
    """The client or the member that it is of; null for staff."""
    created_at: str
    closed_at: str | None
    sessions: int
    passkeys: int


class AccountListResult(TypedDict):
    """Every account."""

    accounts: Sequence[AccountResult]


class ClosedAccount(TypedDict):
    """The account that was closed."""

    name: str


class MadeAccount(TypedDict):
    """An account that was made."""

    name: str
    role: str
    password: str
    """The first one; printed once."""


class ResetAccount(TypedDict):
    """An account that begins anew."""

    name: str
    password: str
    """The new one; printed once."""


class BoundAccount(TypedDict):
    """Who may sign in to an account through an OpenID provider."""

    name: str
    issuer: str
    subject: str
    """The claim `sub`."""


class OpenSessionResult(TypedDict):
    """An open session."""

    way: str
    """How they signed in."""
    begun_at: str
    seen_at: str


class SessionsResult(TypedDict):
    """The sessions of an account."""

    name: str
    sessions: Sequence[OpenSessionResult]
    ended: NotRequired[int]
    """How many were ended; absent without --end."""
