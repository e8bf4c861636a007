"""The ledger in PostgreSQL."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Row, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from kanmon.db.bulk import copy_batches
from kanmon.db.tables.evidence import member
from kanmon.db.tables.keys import kept_key
from kanmon.db.tables.ledger import (
    awaited_withdrawal,
    ledger_checkpoint,
    ledger_entry,
    ledger_secret,
    ledger_tile,
    lost_entries,
    witness_cosignature,
    witness_policy,
)
from kanmon.db.unit_of_work import WriteSession
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.entry import Batch, Entry, Secret, instant
from kanmon.ledger.people import IndexedEntry, grow
from kanmon.ledger.store.people import PeopleRecords, PostgresPeopleStore
from kanmon.ledger.tree import Tile, grown, leaf_hash, root

_ROWS_AT_A_TIME = 20_000
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('ledger'), 0)")
ENTRIES = """
    SELECT e.seq, e.type, e.entered_at, e.commitment, s.payload, s.key
    FROM ledger_entry e LEFT JOIN ledger_secret s USING (seq)
"""
"""Entries as `entry_of` reads them; conditions come after it."""
_ALL_ENTRIES = text(f"{ENTRIES} ORDER BY e.seq")
_BETWEEN = text(f"{ENTRIES} WHERE e.seq BETWEEN :first AND :last ORDER BY e.seq")
_ENTRY = text(f"{ENTRIES} WHERE e.seq = :seq")
_PLACE = (ledger_tile.c.level == bindparam("at_level"), ledger_tile.c.index == bindparam("at_index"))
_TILE = select(ledger_tile.c.hashes).where(*_PLACE)
_GROW_TILE = update(ledger_tile).where(*_PLACE).values(hashes=bindparam("grown"))
# Word for word the condition of the index that finds them: see `db/migrations/baseline/03_ledger.sql`.
_SUCCESSIONS = text("SELECT note FROM ledger_checkpoint WHERE strpos(note, E'\\nsucceeds ') > 0 ORDER BY size")
_NEWEST_CHECKPOINT = select(ledger_checkpoint.c.note).order_by(ledger_checkpoint.c.size.desc()).limit(1)


class LedgerRecords(PeopleRecords):
    """See `ledger.service.LedgerReader`."""

    def size(self) -> int:
        """The number after the last entry's."""
        return int(self._connection.scalar(select(func.coalesce(func.max(ledger_entry.c.seq) + 1, 0))) or 0)

    def entry(self, seq: int) -> tuple[Entry, Secret | None]:
        """One entry with its secret; `KeyError` where there is none."""
        row = self._connection.execute(_ENTRY, {"seq": seq}).one_or_none()
        if row is None:
            raise KeyError(seq)
        return entry_of(row)

    def entries(self) -> Iterator[tuple[Entry, Secret | None]]:
        """All entries by `seq`, read a part at a time."""
        found = self._connection.execution_options(yield_per=_ROWS_AT_A_TIME).execute(_ALL_ENTRIES)
        return map(entry_of, found)

    def between(self, first: int, last: int) -> Iterator[tuple[Entry, Secret | None]]:
        """The entries from `first` to `last`, both included, by `seq`."""
        return map(entry_of, self._connection.execute(_BETWEEN, {"first": first, "last": last}))

    def lost(self) -> Sequence[tuple[int, int]]:
        """The stretches of entries that an older copy had lost and that nobody has accepted yet."""
        waiting = select(lost_entries.c.first_seq, lost_entries.c.last_seq).where(lost_entries.c.accepted_seq.is_(None))
        return [(first, last) for first, last in self._connection.execute(waiting.order_by(lost_entries.c.first_seq))]

    def tile(self, level: int, index: int) -> bytes:
        """The hashes of a tile; empty where there is none."""
        return self._connection.scalar(_TILE, {"at_level": level, "at_index": index}) or b""

    def newest_checkpoint(self) -> str | None:
        """The note over the most entries."""
        return self._connection.scalar(_NEWEST_CHECKPOINT)

    def checkpoints(self) -> Iterator[str]:
        """All notes, by the number of entries that they are over."""
        yield from self._connection.scalars(select(ledger_checkpoint.c.note).order_by(ledger_checkpoint.c.size))

    def covering(self, seq: int) -> str | None:
        """The first note that is over an entry; None where none is yet."""
        over = select(ledger_checkpoint.c.note).where(ledger_checkpoint.c.size > seq)
        return self._connection.scalar(over.order_by(ledger_checkpoint.c.size).limit(1))

    def successions(self) -> Sequence[str]:
        """See `ledger.service.LedgerReader`."""
        return list(self._connection.scalars(_SUCCESSIONS))

    def newest_entries(self, most: int) -> Sequence[Entry]:
        """The newest entries without what they commit to, newest first."""
        found = select(ledger_entry.c.seq, ledger_entry.c.type, ledger_entry.c.entered_at, ledger_entry.c.commitment)
        ordered = found.order_by(ledger_entry.c.seq.desc()).limit(most)
        return [Entry(*row) for row in self._connection.execute(ordered)]

    def newest_checkpoints(self, most: int) -> Sequence[tuple[int, datetime]]:
        """The sizes of the newest checkpoints and when they were signed, newest first."""
        found = select(ledger_checkpoint.c.size, ledger_checkpoint.c.signed_at)
        ordered = found.order_by(ledger_checkpoint.c.size.desc()).limit(most)
        return [(size, signed_at) for size, signed_at in self._connection.execute(ordered)]

    def checkpoint(self, size: int) -> str | None:
        """The note signed over so many entries; None where there is none."""
        return self._connection.scalar(select(ledger_checkpoint.c.note).where(ledger_checkpoint.c.size == size))

    def witness_policy(self) -> str | None:
        """See `ledger.service.LedgerReader`."""
        newest = select(witness_policy.c.note).order_by(witness_policy.c.policy_no.desc()).limit(1)
        return self._connection.scalar(newest)

    def cosignatures(self, size: int) -> Mapping[str, str]:
        """See `ledger.service.LedgerReader`."""
        kept = select(witness_cosignature.c.witness, witness_cosignature.c.line)
        of = kept.where(witness_cosignature.c.size == size)
        return {row.witness: row.line for row in self._connection.execute(of)}

    def newest_cosigned(self, witnesses: Sequence[str], quorum: int) -> int | None:
        """See `ledger.service.LedgerReader`."""
        by_these = select(witness_cosignature.c.size).where(witness_cosignature.c.witness.in_(witnesses))
        enough = by_these.group_by(witness_cosignature.c.size).having(func.count() >= quorum)
        return self._connection.scalar(enough.order_by(witness_cosignature.c.size.desc()).limit(1))


class PostgresLedgerStore(LedgerRecords, PostgresPeopleStore):
    """See `ledger.service.LedgerStore`; one transaction."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)

    def hold(self) -> int:
        """Take the ledger's lock until the transaction ends, and its size from then on."""
        self._connection.execute(_LOCK)
        return self.size()

    def add(self, batch: Batch) -> None:
        """Append entries and their secrets."""
        seqs = pa.array(range(batch.first, batch.first + len(batch.types)), pa.int64())
        commits, keys = (list(map(_bytea, values)) for values in (batch.commits, batch.keys))
        self._copy("ledger_entry", seq=seqs, type=batch.types, entered_at=batch.ats, commitment=commits)
        self._copy("ledger_secret", seq=seqs, payload=pa.array(batch.payloads, pa.binary()).cast(pa.string()), key=keys)

    def put_tiles(self, tiles: Sequence[Tile]) -> None:
        """Append the new tiles and let the others grow."""
        for tile in tiles:
            if tile.grows:
                place = {"at_level": tile.level, "at_index": tile.index, "grown": tile.hashes}
                self._connection.execute(_GROW_TILE, place)
        new = [tile for tile in tiles if not tile.grows]
        self._copy(
            "ledger_tile",
            level=[tile.level for tile in new],
            index=[tile.index for tile in new],
            hashes=[_bytea(tile.hashes) for tile in new],
        )

    def add_checkpoint(self, size: int, note: str, at: datetime) -> None:
        """Keep a signed note."""
        self._connection.execute(insert(ledger_checkpoint).values(size=size, note=note, signed_at=at))

    def put_back(
        self,
        entries: Sequence[Entry],
        signed: Checkpoint,
        note: str,
        successions: Sequence[tuple[int, str]] = (),
        people: Sequence[IndexedEntry] = (),
    ) -> bool:
        """Append entries that were lost, without what they say, up to a checkpoint that was signed of them.

        `successions` are those of the keys, by size; `people` whom the entries since the newest checkpoint here are
        about. False, and nothing is kept, where the entries don't lead to that checkpoint, or their people to its
        index. What was put back is `lost` until somebody accepts it.
        """
        first = self.size()
        undo = self._connection.begin_nested()
        self._copy(
            "ledger_entry",
            seq=pa.array(range(first, first + len(entries)), pa.int64()),
            type=[entry.type for entry in entries],
            entered_at=[instant(entry.at) for entry in entries],
            commitment=[_bytea(entry.commit) for entry in entries],
        )
        self.put_tiles(grown(self, first, [leaf_hash(entry.leaf()) for entry in entries]))
        is_log = self.size() == signed.size and root(self, signed.size) == signed.root
        if not is_log or (signed.people is not None and grow(self, people) != signed.people.root):
            undo.rollback()
            return False
        now = func.now()
        for size, kept in {**dict(successions), signed.size: note}.items():
            checkpoint = upsert(ledger_checkpoint).values(size=size, note=kept, signed_at=now)
            self._connection.execute(checkpoint.on_conflict_do_nothing())
        lost = insert(lost_entries).values(first_seq=first, last_seq=signed.size - 1, found_at=now)
        self._connection.execute(lost)
        return True

    def note_key(self, vkey: str) -> None:
        """Remember by which key the log is signed from now on."""
        noted = upsert(kept_key).values(kind="ledger", fingerprint=vkey, noted_at=func.now())
        changed = {"fingerprint": noted.excluded.fingerprint, "noted_at": noted.excluded.noted_at}
        self._connection.execute(noted.on_conflict_do_update(index_elements=[kept_key.c.kind], set_=changed))

    def accept_lost(self, seq: int) -> None:
        """Let all lost stretches be accepted by the entry `seq`."""
        waiting = lost_entries.c.accepted_seq.is_(None)
        self._connection.execute(update(lost_entries).where(waiting).values(accepted_seq=seq))

    def await_withdrawal(self, lost_seq: int, member_ref: str, client: str | None) -> None:
        """Note a withdrawal whose member isn't known here, or not yet."""
        awaited = upsert(awaited_withdrawal).values(lost_seq=lost_seq, member_ref=member_ref, client_id=client)
        self._connection.execute(awaited.on_conflict_do_nothing())

    def awaited(self) -> Sequence[tuple[int, str, str | None]]:
        """Withdrawals whose member wasn't known: the lost entry, the member's reference, the client."""
        columns = (awaited_withdrawal.c.lost_seq, awaited_withdrawal.c.member_ref, awaited_withdrawal.c.client_id)
        waiting = select(*columns).where(awaited_withdrawal.c.taken_at.is_(None))
        return [(seq, who, client) for seq, who, client in self._connection.execute(waiting)]

    def took(self, lost_seq: int) -> None:
        """Note that an awaited withdrawal is recorded."""
        of = awaited_withdrawal.c.lost_seq == lost_seq
        self._connection.execute(update(awaited_withdrawal).where(of).values(taken_at=func.now()))

    def members(self) -> Iterator[str]:
        """The IDs of all members."""
        return iter(self._connection.scalars(select(member.c.member_id).where(member.c.member_id.is_not(None))))

    def erase(self, seqs: Iterable[int]) -> None:
        """Delete the secrets of entries."""
        self._connection.execute(delete(ledger_secret).where(ledger_secret.c.seq.in_(list(seqs))))

    def _copy(self, table: str, **columns: object) -> None:
        copy_batches(self._connection, table, pa.table(columns).to_batches())


def entry_of(row: Row[Any]) -> tuple[Entry, Secret | None]:
    """An entry with its secret, read by `ENTRIES`."""
    seq, kind, at, commit, payload, key = tuple(row)
    secret = None if payload is None or key is None else Secret(payload.encode(), key)
    return Entry(seq, kind, at, commit), secret


def _bytea(value: bytes) -> str:
    """How PostgreSQL reads bytes in a CSV."""
    return f"\\x{value.hex()}"
