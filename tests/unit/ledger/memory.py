"""A ledger in memory: a second implementation of the store, for what needs no database."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from kanmon.ledger.entry import Batch, Entry, EntryType, NewEntry, Secret
from kanmon.ledger.tree import Tile

AT = datetime(2026, 4, 1, 9, 30, 0, 123456, tzinfo=UTC)


class MemoryStore:
    def __init__(self) -> None:
        self.kept: dict[int, Entry] = {}
        self.secrets: dict[int, Secret] = {}
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.notes: list[str] = []

    def hold(self) -> int:
        return self.size()

    def size(self) -> int:
        return max(self.kept, default=-1) + 1

    def tile(self, level: int, index: int) -> bytes:
        return self.tiles.get((level, index), b"")

    def entry(self, seq: int) -> tuple[Entry, Secret | None]:
        return self.kept[seq], self.secrets.get(seq)

    def entries(self) -> Iterator[tuple[Entry, Secret | None]]:
        return (self.entry(seq) for seq in sorted(self.kept))

    def newest_checkpoint(self) -> str | None:
        return self.notes[-1] if self.notes else None

    def checkpoints(self) -> Iterator[str]:
        return iter(self.notes)

    def successions(self) -> Sequence[str]:
        return [note for note in self.notes if "\nsucceeds " in note]

    def add(self, batch: Batch) -> None:
        for seq, (kind, at, commit, payload, key) in enumerate(zip(*batch[1:], strict=True), start=batch.first):
            self.kept[seq] = Entry(seq, kind, datetime.fromisoformat(at), commit)
            self.secrets[seq] = Secret(payload, key)

    def put_tiles(self, tiles: Sequence[Tile]) -> None:
        for tile in tiles:
            assert tile.grows == ((tile.level, tile.index) in self.tiles)
            self.tiles[tile.level, tile.index] = tile.hashes

    def add_checkpoint(self, size: int, note: str, at: datetime) -> None:
        self.notes.append(note)

    def erase(self, seqs: Iterable[int]) -> None:
        for seq in seqs:
            del self.secrets[seq]


def deeds(count: int) -> list[NewEntry]:
    return [
        NewEntry(EntryType.PROVISION_RECORD, AT, {"member_id": f"M{number}", "client": "株式会社", "items": ["score"]})
        for number in range(count)
    ]
