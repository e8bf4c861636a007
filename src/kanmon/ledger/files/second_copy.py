"""The newest checkpoint in a second place: written after each commit that signs one, compared whenever it matters.

The order is commit first, then the second place, and the second place is read before the database: what is ahead of
the database there was committed once, so that the database is an older copy.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import TypeVar

from kanmon.core.errors import KanmonError, RuleRefused
from kanmon.core.language import N_
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.faults import CheckpointsOutOfReach, CheckpointsUnreadable, DatabaseBehind
from kanmon.ledger.files.checkpoint_places import CheckpointPlace
from kanmon.ledger.keyholder import AbsentKey, LedgerKey
from kanmon.ledger.note import NoteInvalid, SigningKey, VerifierKey
from kanmon.ledger.people import IndexedEntry
from kanmon.ledger.second_copy import CopyLine, read, reference_key, written
from kanmon.ledger.store.entries import LedgerRecords, PostgresLedgerStore
from kanmon.ledger.succession import KeyChain, Succession
from kanmon.ledger.tree import leaf_hash, root

NEWEST, SUCCESSIONS = "newest", "successions.json"
Content = TypeVar("Content")
_MOST_LINES = 50_000
"""In one file."""


class SecondCopy:
    """The second copy at some places (at none, nothing is kept and nothing compared)."""

    def __init__(self, places: Sequence[CheckpointPlace], key: LedgerKey, former: Sequence[SigningKey] = ()) -> None:
        self._places = places
        self._key = key
        self._former = [one.verifier for one in former]
        self.trouble: KanmonError | None = None
        """Why the newest checkpoint could not be written to one of the places."""

    def fault(self, records: LedgerRecords) -> RuleRefused | None:
        """What is wrong with the database by the second copy; None where it is as new as that, or newer."""
        try:
            newest = self._newest(self._keys(records))
            if newest is not None and (fault := _compared(records, newest[0], newest[2])) is not None:
                return fault
            return _unaccepted(records)
        except RuleRefused as refused:
            return refused

    def settle(self, store: PostgresLedgerStore) -> RuleRefused | None:
        """As `fault`; but entries that are missing are put back first, without what they say, so that the log is whole.

        The ledger must be held.
        """
        try:
            newest = self._newest(self._keys(store))
            if newest is None or _compared(store, newest[0], newest[2]) is None:
                return _unaccepted(store)
            checkpoint, note, place = newest
            size = store.size()
            if size < checkpoint.size:
                lines = self.lines(_signed(store, self._keys(store)), checkpoint.size)
                entries = [line.entry for line in lines if line.entry.seq >= size]
                people = [
                    IndexedEntry(line.entry.seq, line.person, leaf_hash(line.entry.leaf()))
                    for line in lines
                    if line.person is not None
                ]
                is_whole = len(entries) == checkpoint.size - size
                if is_whole and store.put_back(entries, checkpoint, note, self._successions(), people):
                    store.note_key(str(self._key.verifier))
                    return _unaccepted(store)
            return _compared(store, checkpoint, place)
        except RuleRefused as refused:
            return refused

    def lines(self, first: int, end: int) -> list[CopyLine]:
        """What is kept of entries `first` to before `end`, as far as any place has it; `CheckpointsOutOfReach`."""
        kept: dict[int, CopyLine] = {}
        for place in self._places:
            for name in _tried(place, place.names) or ():
                span = _span(name)
                if span is None or span[1] < first or span[0] >= end or len(kept) == end - first:
                    continue
                content = _tried(place, partial(place.read, name))
                kept |= {line.entry.seq: line for line in _read(content) if first <= line.entry.seq < end}
        return [kept[seq] for seq in sorted(kept)]

    def publish(self, begin: Callable[[], AbstractContextManager[LedgerRecords]]) -> None:
        """Bring every place to what is committed; what fails is kept as `trouble`, since the deed itself is done."""
        if isinstance(self._key, AbsentKey):
            return
        for place in self._places:
            try:
                with place.alone(), begin() as records:
                    self._bring_up(place, records, reference_key(self._key))
            except (OSError, KanmonError) as error:
                if place.is_needed:
                    self.trouble = error if isinstance(error, KanmonError) else _out_of_reach(place, error)

    def supersede(self) -> None:
        """Put what the places hold aside: somebody has accepted that the database is another one from here on."""
        for place in self._places:
            try:
                with place.alone():
                    for name in [name for name in place.names() if name == NEWEST or _span(name) is not None]:
                        place.write(f"superseded-{name}", place.read(name) or b"")
                        place.delete(name)
            except OSError as error:
                if place.is_needed:
                    raise _out_of_reach(place, error) from error

    def _bring_up(self, place: CheckpointPlace, records: LedgerRecords, key: bytes) -> None:
        keys = self._keys(records)
        before = _checkpoint(place, place.read(NEWEST), keys)
        note = records.newest_checkpoint()
        if note is None:
            return
        size, begun = Checkpoint.open(note, keys).size, 0 if before is None else before.size
        if begun >= size or (before is not None and root(records, begun) != before.root):
            return
        for first in range(begun, size, _MOST_LINES):
            last = min(first + _MOST_LINES, size) - 1
            content = written(records.between(first, last), key, records.labels_between(first, last))
            place.write(f"entries-{first:015}-{last:015}.jsonl", content)
        if successions := records.successions():
            place.write(SUCCESSIONS, json.dumps(list(successions)).encode())
        place.write(NEWEST, note.encode())

    def _keys(self, records: LedgerRecords) -> Sequence[VerifierKey]:
        """Every key that may have signed a checkpoint of this log."""
        keys = [self._key.verifier, *self._former]
        for note in records.successions():
            with suppress(NoteInvalid):
                step = Succession.parse(note)
                keys += [step.old, step.new]
        return keys

    def _successions(self) -> Sequence[tuple[int, str]]:
        """How the keys followed each other, as a place has it; none where it leads to another key than ours."""
        for place in self._places:
            content = _tried(place, partial(place.read, SUCCESSIONS))
            with suppress(ValueError, TypeError):
                chain = KeyChain.parse(json.loads(content or b"[]"), self._key.verifier)
                if chain.successions:
                    return [(step.size, step.note) for step in chain.successions]
        return []

    def _newest(self, keys: Sequence[VerifierKey]) -> tuple[Checkpoint, str, CheckpointPlace] | None:
        """The checkpoint over the most entries that any place holds."""
        newest = None
        for place in self._places:
            content = _tried(place, partial(place.read, NEWEST))
            checkpoint = _checkpoint(place, content, keys)
            if checkpoint is not None and content and (newest is None or checkpoint.size > newest[0].size):
                newest = (checkpoint, content.decode(), place)
        return newest


def _signed(records: LedgerRecords, keys: Sequence[VerifierKey]) -> int:
    """How many entries the database's own newest checkpoint is over, up to which its index of people goes."""
    note = records.newest_checkpoint()
    with suppress(NoteInvalid):
        return 0 if note is None else Checkpoint.open(note, keys).size
    return 0


def _checkpoint(place: CheckpointPlace, content: bytes | None, keys: Sequence[VerifierKey]) -> Checkpoint | None:
    """What a place says; raises `CheckpointsUnreadable` where none of the keys has signed it."""
    if content is None:
        return None
    try:
        return Checkpoint.open(content.decode(), keys)
    except (NoteInvalid, UnicodeDecodeError):
        raise CheckpointsUnreadable(
            N_(
                "the checkpoint kept at %(place)s is not one that this ledger's key has signed. Put the right one "
                "back, or have a privacy owner accept that it is lost: kanmon restore --accept"
            ),
            place=place.name,
        ) from None


def _compared(records: LedgerRecords, newest: Checkpoint, place: CheckpointPlace) -> RuleRefused | None:
    size = records.size()
    if size < newest.size:
        return DatabaseBehind(
            N_(
                "this database is an older copy: its ledger has %(size)s entries, and %(signed)s were signed "
                "(%(place)s). Nothing is provided until a privacy owner has accepted what is missing: kanmon restore "
                "--accept. Reading, audits, withdrawals, erasures and stops go on"
            ),
            size=size,
            signed=newest.size,
            place=place.name,
        )
    if root(records, newest.size) != newest.root:
        return DatabaseBehind(
            N_(
                "this database is another copy: its first %(signed)s entries are not those that were signed "
                "(%(place)s). Look with kanmon audit ledger; nothing is provided until a privacy owner has accepted "
                "it: kanmon restore --accept. Reading, audits, withdrawals, erasures and stops go on"
            ),
            signed=newest.size,
            place=place.name,
        )
    return None


def _unaccepted(records: LedgerRecords) -> RuleRefused | None:
    lost = records.lost()
    if not lost:
        return None
    return DatabaseBehind(
        N_(
            "this database was restored from an older copy: %(count)s entries of its ledger, from %(first)s on, were "
            "put back without what they say, and withdrawals may be among them. Nothing is provided until a privacy "
            "owner has accepted it: kanmon restore --accept. Reading, audits, withdrawals, erasures and stops go on"
        ),
        count=sum(last - first + 1 for first, last in lost),
        first=lost[0][0],
    )


def _tried(place: CheckpointPlace, reading: Callable[[], Content]) -> Content | None:
    try:
        return reading()
    except OSError as error:
        if place.is_needed:
            raise _out_of_reach(place, error) from error
        return None


def _out_of_reach(place: CheckpointPlace, error: Exception) -> CheckpointsOutOfReach:
    return CheckpointsOutOfReach(
        N_(
            "the second place of checkpoints, %(place)s, can't be reached (%(reason)s). Until it can, nothing is "
            "provided; withdrawals, erasures and stops count. See to the folder, the network or the credentials"
        ),
        place=place.name,
        reason=str(error).splitlines()[0] if str(error) else type(error).__name__,
    )


def _read(content: bytes | None) -> Iterator[CopyLine]:
    """The lines of a file; none of one that can't be read, whose entries are then missing."""
    try:
        yield from read(content or b"")
    except ValueError:
        return


def _span(name: str) -> tuple[int, int] | None:
    parts = name.removesuffix(".jsonl").split("-")
    if len(parts) != 3 or parts[0] != "entries" or not (parts[1] + parts[2]).isdecimal():
        return None
    return int(parts[1]), int(parts[2])
