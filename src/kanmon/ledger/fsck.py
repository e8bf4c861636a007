"""The check of the whole ledger: every entry, every payload, every hash and every checkpoint is read again."""

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from kanmon.core.language import N_
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.entry import Entry, EntryType, Secret
from kanmon.ledger.note import NoteInvalid, VerifierKey
from kanmon.ledger.people_check import RebuiltIndex
from kanmon.ledger.service import LedgerReader
from kanmon.ledger.succession import KeyChain, Succession
from kanmon.ledger.tree import TILE_HEIGHT, TILE_WIDTH, Frontier, leaf_hash, perfect_root, split_hashes


class LedgerFault(StrEnum):
    """What can be wrong with a stretch of the ledger."""

    ENTRY_CHANGED = "entry_changed"
    ENTRY_MISSING = "entry_missing"
    ENTRY_NOT_LOGGED = "entry_not_logged"
    PAYLOAD_CHANGED = "payload_changed"
    PAYLOAD_MISSING = "payload_missing"
    TILE_DAMAGED = "tile_damaged"
    HISTORY_CHANGED = "history_changed"
    ROLLED_BACK = "rolled_back"
    CHECKPOINT_FORGED = "checkpoint_forged"
    PERSON_MISPLACED = "person_misplaced"
    INDEX_FALSE = "index_false"
    INDEX_DAMAGED = "index_damaged"


FAULT_TEXTS: Mapping[LedgerFault, str] = {
    LedgerFault.ENTRY_CHANGED: N_("entries %(first)s to %(last)s are not those that the tree was built over"),
    LedgerFault.ENTRY_MISSING: N_("entries %(first)s to %(last)s are gone"),
    LedgerFault.ENTRY_NOT_LOGGED: N_("entries %(first)s to %(last)s were put in beside the log"),
    LedgerFault.PAYLOAD_CHANGED: N_("the payloads of entries %(first)s to %(last)s are not what the entries commit to"),
    LedgerFault.PAYLOAD_MISSING: N_("the payloads of entries %(first)s to %(last)s are gone, and no erasure says so"),
    LedgerFault.TILE_DAMAGED: N_("the tree's hashes over entries %(first)s to %(last)s are damaged"),
    LedgerFault.HISTORY_CHANGED: N_("what stands at entries %(first)s to %(last)s is not what was signed"),
    LedgerFault.ROLLED_BACK: N_(
        "entries %(first)s to %(last)s were signed, and the log has been rolled back before them"
    ),
    LedgerFault.CHECKPOINT_FORGED: N_("checkpoints %(first)s to %(last)s are not signed with the log's key"),
    LedgerFault.PERSON_MISPLACED: N_(
        "entries %(first)s to %(last)s stand in the index under another person than they name, or under nobody"
    ),
    LedgerFault.INDEX_FALSE: N_(
        "what was signed of the index of people at entries %(first)s to %(last)s is not what the entries give"
    ),
    LedgerFault.INDEX_DAMAGED: N_("the index of people over entries %(first)s to %(last)s is damaged"),
}
"""What each fault is called; entries and checkpoints are counted from 0."""


@dataclass(frozen=True)
class LedgerFinding:
    """One fault of all entries (of all checkpoints, for a forged one) from `first` to `last`, both included."""

    fault: LedgerFault
    first: int
    last: int


@dataclass(frozen=True)
class LedgerCheck:
    """What was read, and what is wrong with it; nothing is, where there are no findings."""

    entries: int
    erased: int
    checkpoints: int
    findings: Sequence[LedgerFinding]
    successions: Sequence[Succession] = ()
    """How the log's keys followed each other, oldest first."""


def check_ledger(reader: LedgerReader, key: VerifierKey, seen: Sequence[str] = ()) -> LedgerCheck:
    """Read everything again and hold each part against the others, without stopping at what is wrong.

    Entries are held against the tree's lowest tiles, these against the tiles above them and, cumulatively, against
    every checkpoint signed with `key`: those kept, and those in `seen`, which somebody outside kept. Only the latter
    show a ledger that was rolled back together with its checkpoints. The index of people is built again from the
    entries, and held against each checkpoint and against what is stored of it. Memory grows with what is erased and
    with the people, not with the entries.
    """
    return _Check(reader, key, seen).run()


class _Check:
    def __init__(self, reader: LedgerReader, key: VerifierKey, seen: Sequence[str]) -> None:
        self._reader = reader
        self._found: dict[LedgerFault, list[LedgerFinding]] = {fault: [] for fault in LedgerFault}
        self._signed = self._opened(key, seen)
        self._tree = _RebuiltTree(reader)
        self._index = RebuiltIndex(reader)
        self._entries = 0
        self._without_payload: list[int] = []
        self._erased: set[int] = set()
        self._has_index = False
        self._agreed = 0
        """The size of the last checkpoint that agreed."""

    def run(self) -> LedgerCheck:
        self._hold_against_checkpoints()
        for first, entries in self._stretches():
            found = {entry.seq - first: self._read(entry, secret) for entry, secret in entries}
            logged = self._logged(first, found)
            if self._tree.size == first:  # after a hole, nothing tells what the tree was
                for leaf in logged:
                    if self._tree.size < self._indexed:
                        self._index.take(self._tree.size, leaf)
                    self._tree.append(leaf)
                    self._hold_against_checkpoints()
        for first, last in self._tree.damaged():
            self._tell(LedgerFault.TILE_DAMAGED, first, last)
        self._check_index()
        if self._signed:
            self._tell(LedgerFault.ROLLED_BACK, self._tree.size, self._signed[-1].size - 1)
        for seq in self._without_payload:
            if seq not in self._erased:
                self._tell(LedgerFault.PAYLOAD_MISSING, seq, seq)
        findings = [finding for found in self._found.values() for finding in found]
        steps = self._keys.successions
        return LedgerCheck(self._entries, len(self._without_payload), self._checkpoints, findings, steps)

    def _opened(self, key: VerifierKey, seen: Sequence[str]) -> deque[Checkpoint]:
        """What was signed, by size."""
        signed = []
        self._keys = _chain(self._reader, key)
        self._indexed = 0
        kept = list(self._reader.checkpoints())
        for place, note in enumerate((*kept, *seen)):
            try:
                signed.append(checkpoint := self._keys.open(note))
            except NoteInvalid:
                self._tell(LedgerFault.CHECKPOINT_FORGED, place, place)
                continue
            if checkpoint.people is not None and place < len(kept):
                self._indexed = max(self._indexed, checkpoint.size)
        self._checkpoints = len(kept) + len(seen)
        return deque(sorted(signed, key=lambda checkpoint: checkpoint.size))

    def _check_index(self) -> None:
        """Hold the stored index against the rebuilt one, where all that it is over was read."""
        for seq in self._index.misplaced:
            self._tell(LedgerFault.PERSON_MISPLACED, seq, seq)
        if self._tree.size >= self._indexed and not self._index.is_stored():
            self._tell(LedgerFault.INDEX_DAMAGED, 0, max(self._indexed - 1, 0))

    def _stretches(self) -> Iterator[tuple[int, list[tuple[Entry, Secret | None]]]]:
        """For each lowest tile that there is or must be: the number of its first entry, and the entries found."""
        groups = groupby(self._reader.entries(), key=lambda pair: pair[0].seq // TILE_WIDTH)
        index, found = 0, next(groups, None)
        end = self._signed[-1].size if self._signed else 0
        while found is not None or index * TILE_WIDTH < end or self._reader.tile(0, index):
            if found is not None and found[0] == index:
                yield index * TILE_WIDTH, list(found[1])
                found = next(groups, None)
            else:
                yield index * TILE_WIDTH, []
            index += 1

    def _read(self, entry: Entry, secret: Secret | None) -> bytes:
        """The hash of an entry, whose payload is held against its commitment."""
        self._entries += 1
        if secret is not None and secret.commitment() == entry.commit:
            self._index.read(entry.seq, secret)
        if secret is None:
            self._without_payload.append(entry.seq)
        elif secret.commitment() != entry.commit:
            self._tell(LedgerFault.PAYLOAD_CHANGED, entry.seq, entry.seq)
        elif entry.type == EntryType.ERASURE:
            self._erased.update(json.loads(secret.payload).get("erased", ()))
        elif entry.type == EntryType.RESTORE:
            for first, last in json.loads(secret.payload)["lost"]:
                self._erased.update(range(first, last + 1))
        return leaf_hash(entry.leaf())

    def _logged(self, first: int, found: Mapping[int, bytes]) -> Sequence[bytes]:
        """The hashes that a lowest tile must hold, as far as anything still tells."""
        stored = split_hashes(self._reader.tile(0, first // TILE_WIDTH))
        read = list(found.values())
        if stored == read:
            return stored
        if len(read) == TILE_WIDTH and perfect_root(read) == self._parent(first // TILE_WIDTH):
            self._tell(LedgerFault.TILE_DAMAGED, first, first + TILE_WIDTH - 1)
            return read
        for place in range(max([len(stored), *(place + 1 for place in found)])):
            seq = first + place
            if place not in found:
                self._tell(LedgerFault.ENTRY_MISSING, seq, seq)
            elif place >= len(stored):
                self._tell(LedgerFault.ENTRY_NOT_LOGGED, seq, seq)
            elif stored[place] != found[place]:
                self._tell(LedgerFault.ENTRY_CHANGED, seq, seq)
        return stored

    def _parent(self, index: int) -> bytes | None:
        """What the tile above says of a full lowest tile."""
        above = split_hashes(self._reader.tile(1, index // TILE_WIDTH))
        place = index % TILE_WIDTH
        return above[place] if place < len(above) else None

    def _hold_against_checkpoints(self) -> None:
        """Hold the tree against what was signed of it at just this size; of all that disagree, tell the first."""
        while self._signed and self._signed[0].size == self._tree.size:
            signed = self._signed.popleft()
            if signed.root == self._tree.root():
                if self._speaks_of_index(signed) and not self._index.is_signed_in(signed):
                    self._tell(LedgerFault.INDEX_FALSE, self._agreed, signed.size - 1)
                self._agreed = signed.size
            elif not self._found[LedgerFault.HISTORY_CHANGED]:
                self._tell(LedgerFault.HISTORY_CHANGED, self._agreed, signed.size - 1)

    def _speaks_of_index(self, signed: Checkpoint) -> bool:
        """Whether a checkpoint must have the index that is kept now.

        Not where there was none yet, nor before a key was declared lost: labels are others since.
        """
        self._has_index |= signed.people is not None
        lost = [step.size for step in self._keys.successions if not step.is_proved]
        return self._has_index and signed.size >= max(lost, default=0)

    def _tell(self, fault: LedgerFault, first: int, last: int) -> None:
        """Note a fault, together with the one before it where that is of the same kind and right beside it."""
        told = self._found[fault]
        if told and told[-1].last == first - 1:
            first = told.pop().first
        told.append(LedgerFinding(fault, first, last))


def _chain(reader: LedgerReader, key: VerifierKey) -> KeyChain:
    """The log's keys; the newest alone where what stands there makes no chain, so that the rest shows as forged."""
    try:
        return KeyChain.parse(reader.successions(), key)
    except NoteInvalid:
        return KeyChain(key)


class _RebuiltTree:
    """The tree built once more over the lowest hashes, its upper tiles held against the stored ones."""

    def __init__(self, reader: LedgerReader) -> None:
        self._reader = reader
        self._frontier = Frontier()
        self._open: dict[int, tuple[int, bytearray]] = {}
        """For each level above the lowest: the number of the tile being filled, and its hashes so far."""
        self._damaged: list[tuple[int, int]] = []

    @property
    def size(self) -> int:
        return self._frontier.size

    def root(self) -> bytes:
        return self._frontier.root()

    def append(self, leaf: bytes) -> None:
        for level, found in enumerate(self._frontier.append(leaf)[TILE_HEIGHT::TILE_HEIGHT], start=1):
            index, hashes = self._open.setdefault(level, (0, bytearray()))
            hashes += found
            if len(hashes) == TILE_WIDTH * len(found):
                self._hold_against_store(level, index, hashes)
                self._open[level] = (index + 1, bytearray())

    def damaged(self) -> Sequence[tuple[int, int]]:
        """The stretches of entries over which an upper tile is not what it must be; at the end, once."""
        for level in range(1, len(self._open) + 2):
            self._hold_against_store(level, *self._open.get(level, (0, b"")))
        return sorted(self._damaged)

    def _hold_against_store(self, level: int, index: int, hashes: bytes | bytearray) -> None:
        if self._reader.tile(level, index) != hashes:
            covered = TILE_HEIGHT * (level + 1)
            self._damaged.append((index << covered, min((index + 1 << covered) - 1, self.size - 1)))
