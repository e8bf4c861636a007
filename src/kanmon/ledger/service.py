"""Writing to the ledger, signing what it has become, and proving what stands in it."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Protocol

from kanmon.core.errors import LogInconsistent, RuleRefused
from kanmon.core.language import N_
from kanmon.ledger.canonical import canonical_nfc
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.cosignature import cosignatures_on
from kanmon.ledger.entry import Batch, Entry, EntryType, NewEntry, Secret, commitment, instant
from kanmon.ledger.faults import LedgerKeySucceeded, NotSignedYet
from kanmon.ledger.keyholder import AbsentKey, LedgerKey
from kanmon.ledger.note import NoteInvalid, SigningKey, VerifierKey, with_lines
from kanmon.ledger.people import PeopleReader, PeopleStore, index
from kanmon.ledger.proof import InclusionProof
from kanmon.ledger.receipt import write_receipt
from kanmon.ledger.succession import KeyChain, Succession
from kanmon.ledger.tree import (
    HASH_BYTES,
    HashReader,
    Tile,
    consistency_proof,
    grown,
    inclusion_proof,
    leaf_hash,
    root,
    split_hashes,
    verify_consistency,
)
from kanmon.ledger.witness_policy import WitnessPolicy

_ENTRIES_AT_A_TIME = 20_000


class LedgerReader(HashReader, PeopleReader, Protocol):
    """What is kept of the ledger; everything as of one moment."""

    def size(self) -> int:
        """How many entries there are."""

    def entry(self, seq: int) -> tuple[Entry, Secret | None]:
        """One entry, and its secret where that was not erased; `KeyError` where there is no such entry."""

    def newest_checkpoint(self) -> str | None:
        """The last note signed; None before the first."""

    def entries(self) -> Iterator[tuple[Entry, Secret | None]]:
        """All entries by `seq`, without holding all of them."""

    def checkpoints(self) -> Iterator[str]:
        """All notes ever signed, oldest first."""

    def covering(self, seq: int) -> str | None:
        """The first note that is over an entry; None where none is yet."""

    def successions(self) -> Sequence[str]:
        """Those of them that say that one key succeeded another, oldest first."""

    def checkpoint(self, size: int) -> str | None:
        """The note signed over so many entries; None where there is none."""

    def witness_policy(self) -> str | None:
        """The newest policy of witnesses, a signed note; None where there are no witnesses."""

    def cosignatures(self, size: int) -> Mapping[str, str]:
        """By each witness's key, its line below the checkpoint over so many entries."""

    def newest_cosigned(self, witnesses: Sequence[str], quorum: int) -> int | None:
        """The size of the newest checkpoint that so many of these witnesses cosigned; None where there is none."""


class LedgerStore(LedgerReader, PeopleStore, Protocol):
    """Where the ledger is kept; one transaction."""

    def hold(self) -> int:
        """Keep other transactions from writing to the ledger until this one ends, and how many entries there are."""

    def add(self, batch: Batch) -> None:
        """Append entries with their secrets."""

    def put_tiles(self, tiles: Sequence[Tile]) -> None:
        """Keep new tiles, and what others have grown to."""

    def add_checkpoint(self, size: int, note: str, at: datetime) -> None:
        """Keep a signed note."""

    def erase(self, seqs: Iterable[int]) -> None:
        """Forget the secrets of entries for good."""


class Ledger:
    """The ledger within one transaction of the caller, signed with one key.

    The first write holds the ledger until the transaction ends, so that `seq` has no gaps and goes by commit: write
    late in the transaction. Where something forbids to sign, such as a key that is missing, nothing is written; but a
    ledger that `waits` takes entries all the same, and the next one that signs signs them: so does what ends a consent.
    """

    def __init__(
        self,
        store: LedgerStore,
        key: LedgerKey,
        *,
        waits: bool = False,
        guard: Callable[[], RuleRefused | None] | None = None,
        signed: Callable[[], None] | None = None,
    ) -> None:
        """`guard` says what forbids to sign beside a missing key, and `signed` is told that something was signed.

        The guard is asked once, when the ledger is held.
        """
        self._store = store
        self._key = key
        self._waits = waits
        self._guard = guard
        self._signed = signed
        self._guarded: RuleRefused | None = None
        self._is_sound = False

    def hold(self) -> None:
        """Begin to write: what is read from here on of what stands in the ledger stays so until the caller ends."""
        self._store.hold()

    def append(self, new: Iterable[NewEntry]) -> list[int]:
        """Log deeds in their order; the `seq` of each. Millions may come as an iterator.

        Raises `LogInconsistent` as `sign` does.
        """
        remaining = iter(new)
        size = self._store.hold()
        self._may_write()
        hashes: list[bytes] = []
        with ThreadPoolExecutor(1) as writer:  # the store takes in one part while the next is being hashed
            written: Future[None] | None = None
            while part := list(islice(remaining, _ENTRIES_AT_A_TIME)):
                keys = split_hashes(secrets.token_bytes(HASH_BYTES * len(part)))  # a key is as long as a hash
                payloads = [canonical_nfc(one.payload) for one in part]
                batch = Batch(
                    first=size + len(hashes),
                    types=[one.type.value for one in part],
                    ats=[instant(one.at) for one in part],
                    commits=list(map(commitment, payloads, keys)),
                    payloads=payloads,
                    keys=keys,
                )
                hashes += map(leaf_hash, batch.leaves())
                if written is not None:
                    written.result()
                written = writer.submit(self._store.add, batch)
            if written is not None:
                written.result()
        self._store.put_tiles(grown(self._store, size, hashes))
        return list(range(size, size + len(hashes)))

    def sign(self, at: datetime) -> str | None:
        """The signed checkpoint over all entries, to be called last in the transaction; the note.

        None where this ledger waits to be signed. Raises `LogInconsistent` where the ledger no longer extends what was
        signed last: then nothing is signed, and the transaction must not be kept.
        """
        size = self._store.hold()
        if not self._may_write():
            return None
        assert isinstance(self._key, SigningKey)
        last = self._store.newest_checkpoint()
        before = None if last is None else checked(self._store, last, self._key.verifier)
        if before is not None and before.size == size:
            return last
        people = index(self._store, before, size)
        note = Checkpoint(self._key.name, size, root(self._store, size), people).signed(self._key)
        self._store.add_checkpoint(size, note, at)
        if self._signed is not None:
            self._signed()
        return note

    def _may_write(self) -> bool:
        """Whether what is written is signed as well; raises what forbids it where this ledger doesn't wait."""
        if self._is_sound:
            return True
        fault = self._fault()
        if fault is not None and not self._waits:
            raise fault
        if fault is None:
            last_signed(self._store, self._key.verifier)
            self._is_sound = True  # nobody else writes until the transaction ends; what is signed is looked at again
        return fault is None

    def _fault(self) -> RuleRefused | None:
        if isinstance(self._key, AbsentKey):
            return self._key.fault
        if self._guard is not None:
            self._guarded, self._guard = self._guard(), None
        if self._guarded is None:
            try:
                chain_of(self._store, self._key.verifier)
            except LedgerKeySucceeded as succeeded:
                return succeeded
        return self._guarded

    def erase(self, seqs: Sequence[int], at: datetime, because: str) -> int:
        """Forget the payloads and keys of entries, and log which; the `seq` of that entry. The proofs stay whole."""
        erasure = NewEntry(EntryType.ERASURE, at, {"erased": sorted(seqs), "because": because})
        (seq,) = self.append([erasure])
        self._store.erase(seqs)
        return seq


def last_signed(reader: LedgerReader, key: VerifierKey) -> tuple[str | None, int]:
    """The newest checkpoint's note and its size, `checked`; None and 0 where nothing was signed yet."""
    note = reader.newest_checkpoint()
    return (None, 0) if note is None else (note, checked(reader, note, key).size)


def checked(reader: LedgerReader, note: str, key: VerifierKey) -> Checkpoint:
    """The checkpoint of a note that was signed before, the ledger being an extension of it (LOG-01).

    Raises `LogInconsistent` where it is not, or where the note is not signed with the key, or with the one before it
    that signed then; `LedgerKeySucceeded`.
    """
    try:
        before = chain_of(reader, key).open(note)
    except NoteInvalid:
        raise LogInconsistent(
            N_("the ledger's last checkpoint is not signed with this workspace's key %(key)s"), key=key
        ) from None
    size = reader.size()
    if before.size > size:
        raise LogInconsistent(
            N_("the ledger was rolled back: it has %(size)s entries, and %(signed)s were signed"),
            size=size,
            signed=before.size,
        )
    proof = consistency_proof(reader, before.size, size)
    if not verify_consistency(before.size, size, before.root, root(reader, size), proof):
        raise LogInconsistent(
            N_("the ledger's first %(signed)s entries are not those that were signed: look with `kanmon audit ledger`"),
            signed=before.size,
        )
    return before


def chain_of(reader: LedgerReader, key: VerifierKey) -> KeyChain:
    """The keys that the log has had, the newest being this one.

    Raises `LedgerKeySucceeded` where it no longer is, `LogInconsistent` where the keys don't follow each other.
    """
    notes = reader.successions()
    try:
        if notes and (newest := Succession.parse(notes[-1]).new) != key:
            raise LedgerKeySucceeded(
                N_("the ledger's key %(old)s was succeeded by %(new)s: start this process again with that key"),
                old=key,
                new=newest,
            )
        return KeyChain.parse(notes, key)
    except NoteInvalid:
        raise LogInconsistent(
            N_("the ledger's keys don't follow each other: look with `kanmon audit ledger`")
        ) from None


def receipts_for(reader: LedgerReader, seqs: Iterable[int], key: VerifierKey) -> dict[int, bytes]:
    """The receipts of these entries, with what they say; without those that wait to be signed."""
    _, signed = last_signed(reader, key)
    return {seq: receipt_of(reader, seq, key, shows_payload=True) for seq in sorted(set(seqs)) if seq < signed}


def receipt_of(
    reader: LedgerReader, seq: int, key: VerifierKey, shows_payload: bool, *, at_newest: bool = False
) -> bytes:
    """The receipt of one entry; see `receipt.write_receipt`.

    It is under the newest checkpoint that as many witnesses cosigned as the log's policy asks for, or, where that does
    not reach the entry yet, or there are no witnesses, or it is to be `at_newest`, under the newest one with what
    cosignatures it has. Raises `KeyError` where there is no such entry, `NotSignedYet`, which is one, where the newest
    checkpoint does not reach it yet, `LogInconsistent` as `checked` does.
    """
    note, size = last_signed(reader, key)
    if size <= seq < reader.size():
        raise NotSignedYet(
            N_("entry %(seq)s of the ledger waits to be signed; there is a receipt for it once it is"), seq=seq
        )
    if note is None or not 0 <= seq < size:
        raise KeyError(seq)
    chain = chain_of(reader, key)
    policy = _policy(reader, chain)
    if policy is not None:
        if not at_newest:
            note, size = _witnessed(reader, policy, chain, seq) or (note, size)
        note = with_lines(note, _lines(reader, policy, note, size))
    entry, secret = reader.entry(seq)
    proof = InclusionProof(seq, inclusion_proof(reader, seq, size), note)
    stated = None if policy is None else reader.witness_policy()
    return write_receipt(entry, secret if shows_payload else None, proof, chain, stated)


def cosigned_note(reader: LedgerReader, size: int, key: VerifierKey) -> str | None:
    """The note signed over so many entries, with what cosignatures it has; None where there is none."""
    note, policy = reader.checkpoint(size), _policy(reader, chain_of(reader, key))
    return note if note is None or policy is None else with_lines(note, _lines(reader, policy, note, size))


def _policy(reader: LedgerReader, chain: KeyChain) -> WitnessPolicy | None:
    """The policy that the log's present key has signed; one of a key before it is stated anew, or no more."""
    stated = reader.witness_policy()
    try:
        return None if stated is None else WitnessPolicy.parse(stated, chain.current)
    except NoteInvalid:
        return None


def _witnessed(reader: LedgerReader, policy: WitnessPolicy, chain: KeyChain, seq: int) -> tuple[str, int] | None:
    """The newest witnessed checkpoint and its size; None where that doesn't reach the entry, or is of a key before."""
    size = reader.newest_cosigned([str(witness) for witness in policy.witnesses], policy.quorum)
    note = None if size is None or size <= seq else reader.checkpoint(size)
    if note is None or size is None or chain.key_for(size) != chain.current:
        return None
    return note, checked(reader, note, chain.current).size


def _lines(reader: LedgerReader, policy: WitnessPolicy, note: str, size: int) -> list[str]:
    """The cosignatures of a checkpoint that hold: one that was changed where it is kept would spoil the receipt."""
    kept, lines = reader.cosignatures(size), []
    for witness in policy.witnesses:
        with suppress(NoteInvalid):
            given = cosignatures_on(with_lines(note, [kept.get(str(witness), "")]), [witness])
            lines += [cosignature.line for cosignature in given]
    return lines
