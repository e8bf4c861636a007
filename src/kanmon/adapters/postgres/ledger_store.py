"""The ledger in PostgreSQL."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Row, bindparam, delete, func, insert, select, text, update

from kanmon.adapters.postgres.bulk import copy_batches
from kanmon.adapters.postgres.tables.ledger import ledger_checkpoint, ledger_entry, ledger_secret, ledger_tile
from kanmon.adapters.unit_of_work import ReadSession, WriteSession
from kanmon.ledger.entry import Batch, Entry, Secret
from kanmon.ledger.tree import Tile

_ROWS_AT_A_TIME = 20_000
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('ledger'), 0)")
ENTRIES = """
    SELECT e.seq, e.type, e.entered_at, e.commitment, s.payload, s.key
    FROM ledger_entry e LEFT JOIN ledger_secret s USING (seq)
"""
"""Entries as `entry_of` reads them; conditions come after it."""
_ALL_ENTRIES = text(f"{ENTRIES} ORDER BY e.seq")
_ENTRY = text(f"{ENTRIES} WHERE e.seq = :seq")
_PLACE = (ledger_tile.c.level == bindparam("at_level"), ledger_tile.c.index == bindparam("at_index"))
_TILE = select(ledger_tile.c.hashes).where(*_PLACE)
_GROW_TILE = update(ledger_tile).where(*_PLACE).values(hashes=bindparam("grown"))
_NEWEST_CHECKPOINT = select(ledger_checkpoint.c.note).order_by(ledger_checkpoint.c.size.desc()).limit(1)


class LedgerRecords:
    """See `ledger.service.LedgerReader`."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._connection = session.connection

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

    def tile(self, level: int, index: int) -> bytes:
        """The hashes of a tile; empty where there is none."""
        return self._connection.scalar(_TILE, {"at_level": level, "at_index": index}) or b""

    def newest_checkpoint(self) -> str | None:
        """The note over the most entries."""
        return self._connection.scalar(_NEWEST_CHECKPOINT)

    def checkpoints(self) -> Iterator[str]:
        """All notes, by the number of entries that they are over."""
        yield from self._connection.scalars(select(ledger_checkpoint.c.note).order_by(ledger_checkpoint.c.size))

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


class LedgerStore(LedgerRecords):
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
