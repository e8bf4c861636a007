"""A ledger in memory: a second implementation of the store, for what needs no database."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from kanmon.ledger.entry import Batch, Entry, EntryType, NewEntry, Secret
from kanmon.ledger.people import NAMED, ListedEntry
from kanmon.ledger.tree import Tile, leaf_hash
from kanmon.ledger.vrf import VrfKey

AT = datetime(2026, 4, 1, 9, 30, 0, 123456, tzinfo=UTC)


class MemoryStore:
    def __init__(self, people: VrfKey | None = None) -> None:
        self.people = people
        self.pages: dict[str, bytes] = {}
        self.lists: dict[int, ListedEntry] = {}
        self.kept: dict[int, Entry] = {}
        self.secrets: dict[int, Secret] = {}
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.notes: list[str] = []
        self.policy: str | None = None
        self.lines: dict[int, dict[str, str]] = {}

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

    def covering(self, seq: int) -> str | None:
        return next((note for note in self.notes if int(note.split("\n")[1]) > seq), None)

    def checkpoint(self, size: int) -> str | None:
        return next((note for note in self.notes if note.split("\n")[1] == str(size)), None)

    def witness_policy(self) -> str | None:
        return self.policy

    def cosignatures(self, size: int) -> Mapping[str, str]:
        return self.lines.get(size, {})

    def newest_cosigned(self, witnesses: Sequence[str], quorum: int) -> int | None:
        counts = {size: len(lines.keys() & set(witnesses)) for size, lines in self.lines.items()}
        return max((size for size, count in counts.items() if count >= quorum), default=None)

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

    def person_key(self) -> VrfKey | None:
        return self.people

    def people_pages(self, names: Collection[str]) -> Mapping[str, bytes]:
        return {name: self.pages[name] for name in names if name in self.pages}

    def all_people_pages(self) -> Iterator[tuple[str, bytes]]:
        return iter(self.pages.items())

    def listed(self, label: bytes, last: int) -> Sequence[int]:
        seqs: list[int] = []
        at: int | None = last
        while at is not None:
            assert self.lists[at].label == label
            seqs.insert(0, at)
            at = self.lists[at].before
        return seqs

    def labels(self) -> Iterator[tuple[int, bytes]]:
        return ((seq, self.lists[seq].label) for seq in sorted(self.lists))

    def naming(self, first: int, end: int) -> Iterator[tuple[int, bytes, bytes]]:
        for seq in range(first, end):
            if seq in self.secrets and NAMED.encode() in self.secrets[seq].payload:
                yield seq, leaf_hash(self.kept[seq].leaf()), self.secrets[seq].payload

    def put_people(self, entries: Sequence[ListedEntry], pages: Mapping[str, bytes]) -> None:
        self.lists |= {entry.seq: entry for entry in entries}
        self.pages |= pages

    def forget_people(self) -> Iterator[tuple[int, bytes, bytes]]:
        erased = [
            (seq, leaf_hash(self.kept[seq].leaf()), entry.label)
            for seq, entry in sorted(self.lists.items())
            if seq not in self.secrets
        ]
        self.lists, self.pages = {}, {}
        return iter(erased)


def deeds(count: int) -> list[NewEntry]:
    return [
        NewEntry(EntryType.PROVISION_RECORD, AT, {"member_id": f"M{number}", "client": "株式会社", "items": ["score"]})
        for number in range(count)
    ]
