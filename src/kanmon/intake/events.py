"""Events that arrive one batch after another, kept until the lake takes them in.

An event is acknowledged when it is on disk. The ID that its sender made says whether it is a new one: sending a batch
again after a lost answer changes nothing.
"""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from kanmon.access.key import Key, KeyRecord, KeyScope, bindable, hashed, opened
from kanmon.core.clock import Clock
from kanmon.core.ids import ClientId
from kanmon.core.transaction import Begin
from kanmon.lake.service import Lake

MOST_EVENTS = 1_000
"""Events in one batch."""


@dataclass(frozen=True)
class SentEvent:
    """One event as the contract has it, with its sender's own ID; `occurred_at` is in UTC."""

    event_id: str
    occurred_at: datetime
    kind: str
    cookie_id: str | None = None
    member_id: str | None = None
    target: str | None = None
    page: str | None = None
    weight: int = 1
    site: str | None = None

    def content(self) -> str:
        """What the event says, as JSON with its keys in order: two events are the same if this is."""
        said = {**vars(self), "occurred_at": self.occurred_at.isoformat()}
        return json.dumps(said, sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch: how many events are new and how many known already, and which have another one's ID."""

    accepted: int
    duplicate: int
    conflicting: frozenset[int]
    """Places in the batch."""


class IntakeStore(Protocol):
    """Keys and received events within one transaction."""

    def add_key(
        self, label: str, key_sha256: bytes, may: Collection[KeyScope], at: datetime, client: ClientId | None = None
    ) -> None:
        """Make a key, for one client or for any; `UsageError` where the label is taken or there is no such client."""

    def revoke_key(self, label: str, at: datetime) -> None:
        """End a key; `UsageError` where there is none of that label."""

    def keys(self) -> Sequence[KeyRecord]:
        """Every key that was ever made, by label."""

    def key(self, key_sha256: bytes) -> Key | None:
        """The key of this hash, where it is in force."""

    def key_labelled(self, label: str) -> Key | None:
        """The key of this label, where it is in force."""

    def take(self, key_no: int, events: Sequence[SentEvent], at: datetime) -> BatchResult:
        """Keep the events that are new to this key, on disk when the transaction has ended."""

    def stage_waiting(self, path: Path, after: int) -> int | None:
        """Write events that wait for the lake to a Parquet file as loading stages them, each number as its line.

        They are the next ones after this number; the last of them, or None where no more wait.
        """

    def mark_collected(self, numbers: Sequence[int], at: datetime) -> int:
        """Note that the lake has these events: they are no longer kept here. How many of them waited."""

    def mark_refused(self, refused: pa.Table) -> None:
        """Note why the lake refused events (`REFUSED_SCHEMA`); they go on waiting."""

    def waiting(self) -> int:
        """How many events wait for the lake."""


class Intake:
    """Takes events from a board's programs, each with a key."""

    def __init__(self, begin: Begin[IntakeStore], clock: Clock) -> None:
        self._begin = begin
        self._clock = clock

    def add_key(
        self, label: str, may: Collection[KeyScope] = (KeyScope.EVENTS,), client: ClientId | None = None
    ) -> str:
        """Make a key for a program and what it may do, for one client or for any; it is told here and never again."""
        bindable(may, client)
        key = secrets.token_urlsafe(32)
        with self._begin() as store:
            store.add_key(label, hashed(key), may, self._clock.real(), client)
        return key

    def revoke_key(self, label: str) -> None:
        """End a key: from now on it opens nothing."""
        with self._begin() as store:
            store.revoke_key(label, self._clock.real())

    def keys(self) -> Sequence[KeyRecord]:
        """Every key that was ever made, by label; never the key itself."""
        with self._begin() as store:
            return store.keys()

    def take(self, key: str, events: Sequence[SentEvent]) -> BatchResult:
        """Take a batch, all of it on disk when this returns; refuses a key that is not for events, as `check` does."""
        with self._begin() as store:
            return store.take(opened(store.key(hashed(key)), KeyScope.EVENTS).key_no, events, self._clock.real())

    def take_with(self, label: str, events: Sequence[SentEvent]) -> BatchResult:
        """Take a batch as sent with the key of a label: the same event sent both ways is one. Refuses as `take`."""
        with self._begin() as store:
            return store.take(opened(store.key_labelled(label), KeyScope.EVENTS).key_no, events, self._clock.real())

    def check(self, key: str, scope: KeyScope, client: ClientId | None = None) -> None:
        """Refuse a key that is not in force (`KeyRefused`) or not for this, or not for this client (`KeyMayNot`)."""
        with self._begin() as store:
            opened(store.key(hashed(key)), scope, client)


def collect(begin: Begin[IntakeStore], lake: Lake, staged: Path, clock: Clock) -> Mapping[str, int]:
    """Take what was received into the lake: how many events are new to it, known to it already, and refused.

    Cut off between lake and database, it first notes here what the lake has (counted as known): no event is taken
    twice, and no two for one because they say the same. An event of an unknown member waits until the member is loaded.
    """
    with begin() as store:
        known = store.mark_collected(lake.appended(), clock.real())
    new, refused, last = 0, 0, 0
    while True:
        with begin() as store:
            found = store.stage_waiting(staged, last)
            if found is None:
                return {"new": new, "unchanged": known, "refused": refused}
            faults = lake.append_events(staged)
            new += store.mark_collected(lake.appended(), clock.real())
            store.mark_refused(faults)
        refused += len(faults)
        last = found
