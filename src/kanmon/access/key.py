"""Keys of programs: what each may do, and how it is looked up."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from kanmon.core.errors import KeyMayNot, KeyRefused, UsageError
from kanmon.core.ids import ClientId
from kanmon.core.language import N_


class KeyScope(StrEnum):
    """What a key opens, and nothing beside it."""

    EVENTS = "events"
    """To send events of the board."""
    CONSENTS = "consents"
    """To ask what to show, and to record what people answer."""
    DECISIONS = "decisions"
    """To ask the gate about applicants."""
    CLIENT_DECISIONS = "client_decisions"
    """To commit what clients decided about their applicants."""
    METRICS = "metrics"
    """To read `/metrics`."""


class Key(NamedTuple):
    """A key that is in force; `may` holds values of `KeyScope`."""

    key_no: int
    may: Collection[str]
    client_id: ClientId | None = None
    """The only client that it is answered about; None: any."""


@dataclass(frozen=True)
class KeyRecord:
    """What is known of a key that was made, in force or not; never the key itself."""

    label: str
    may: Collection[str]
    """Values of `KeyScope`."""
    client_id: ClientId | None
    created_at: datetime
    revoked_at: datetime | None


def hashed(key: str) -> bytes:
    """What is kept of a key: its SHA-256, from which it can't be had again."""
    return sha256(key.encode()).digest()


def opened(found: Key | None, scope: KeyScope, client: ClientId | None = None) -> Key:
    """The key, where it opens `scope`, for that client where one is named.

    `KeyRefused` for one that isn't in force, `KeyMayNot` for one for others, whether or not there is such a client.
    """
    if found is None:
        raise KeyRefused(N_("the key is unknown or was revoked"))
    if scope not in found.may:
        raise KeyMayNot(N_("this key is not for %(scope)s; make one with `kanmon key add`"), scope=scope.value)
    if client is not None and found.client_id not in (None, client):
        raise KeyMayNot(N_("this key is for one client alone, and not for the one named"))
    return found


def bindable(may: Collection[KeyScope], client: ClientId | None) -> None:
    """`UsageError` where a key for one client would open what is no client's."""
    if client is not None and not frozenset(may) <= {KeyScope.DECISIONS, KeyScope.CLIENT_DECISIONS}:
        raise UsageError(N_("--client goes with decisions and client_decisions: events and consents are the board's"))


def scopes(names: Iterable[str]) -> frozenset[KeyScope]:
    """The scopes of these names, at least one.

    `UsageError` where there is no such scope, and for a key in a client's hands that would ask the gate: its answers
    say why, and no client learns who refused (DM-01).
    """
    try:
        found = frozenset(map(KeyScope, names))
    except ValueError:
        found = frozenset()
    if not found:
        raise UsageError(N_("--may takes one or more of: %(known)s"), known=", ".join(KeyScope))
    if found >= {KeyScope.DECISIONS, KeyScope.CLIENT_DECISIONS}:
        raise UsageError(
            N_(
                "a key for client_decisions is in a client's hands, and the gate's answers to one for decisions say "
                "why somebody has no score: make two keys"
            )
        )
    return found
