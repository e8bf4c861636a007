"""The check finds each kind of damage by its name, and only that."""

from collections.abc import Callable

import pytest

from kanmon.ledger.entry import Entry, Secret
from kanmon.ledger.fsck import LedgerCheck, LedgerFault, LedgerFinding, check_ledger
from kanmon.ledger.note import SigningKey
from kanmon.ledger.service import Ledger
from kanmon.ledger.tree import grown, leaf_hash
from tests.unit.ledger.memory import AT, MemoryStore, deeds

KEY = SigningKey.generate("kanmon/test")


def signed_ledger(sizes: tuple[int, ...] = (100, 300, 1_000)) -> MemoryStore:
    store = MemoryStore()
    ledger = Ledger(store, KEY)
    for size in sizes:
        ledger.append(deeds(size)[store.size() :])
        ledger.sign(AT)
    return store


def check(store: MemoryStore, *seen: str) -> LedgerCheck:
    return check_ledger(store, KEY.verifier, seen)


def test_a_whole_ledger_has_no_findings() -> None:
    for sizes in ((), (0,), (1,), (256,), (100, 300, 1_000)):
        store = signed_ledger(sizes)
        assert check(store, *store.notes) == LedgerCheck(store.size(), 0, 2 * len(store.notes), [])


def test_a_ledger_of_three_levels_has_no_findings() -> None:
    store = signed_ledger((65_536, 65_600))
    assert max(level for level, _ in store.tiles) == 2
    assert check(store).findings == []
    store.tiles[1, 0] = bytes(32) + store.tiles[1, 0][32:]
    assert check(store).findings == [LedgerFinding(LedgerFault.TILE_DAMAGED, 0, 65_535)]


def changed(store: MemoryStore, seq: int) -> None:
    store.kept[seq] = store.kept[seq]._replace(type="consent")


def swapped(store: MemoryStore) -> None:
    fifth, sixth = store.kept[5], store.kept[6]
    store.kept[5], store.kept[6] = sixth._replace(seq=5), fifth._replace(seq=6)
    store.secrets[5], store.secrets[6] = store.secrets[6], store.secrets[5]


def put_in_the_middle(store: MemoryStore) -> None:
    for seq in reversed(range(990, 1_000)):
        store.kept[seq + 1] = store.kept[seq]._replace(seq=seq + 1)
        store.secrets[seq + 1] = store.secrets[seq]


def put_at_the_end(store: MemoryStore) -> None:
    secret = Secret(b"{}", bytes(32))
    store.kept[1_000] = Entry(1_000, "provision", AT, secret.commitment())
    store.secrets[1_000] = secret


def damaged(store: MemoryStore, level: int, index: int) -> None:
    tile = store.tiles[level, index]
    store.tiles[level, index] = tile[:-1] + bytes([tile[-1] ^ 1])


def rewritten(store: MemoryStore) -> None:
    """Change entry 150 and build the whole tree anew over it."""
    changed(store, 150)
    hashes = [leaf_hash(store.kept[seq].leaf()) for seq in range(1_000)]
    store.tiles.clear()
    store.put_tiles(grown(store, 0, hashes))


def rolled_back(store: MemoryStore) -> None:
    """Take the state of 300 entries back, and leave what was signed."""
    earlier = signed_ledger((300,))
    store.tiles = earlier.tiles
    store.tiles.clear()
    store.kept = {seq: entry for seq, entry in store.kept.items() if seq < 300}
    store.put_tiles(grown(store, 0, [leaf_hash(entry.leaf()) for entry in store.kept.values()]))


@pytest.mark.parametrize(
    ("damage", "findings"),
    [
        (lambda store: changed(store, 17), [(LedgerFault.ENTRY_CHANGED, 17, 17)]),
        (lambda store: changed(store, 999), [(LedgerFault.ENTRY_CHANGED, 999, 999)]),
        (lambda store: store.kept.pop(17), [(LedgerFault.ENTRY_MISSING, 17, 17)]),
        (lambda store: [store.kept.pop(seq) for seq in range(200, 600)], [(LedgerFault.ENTRY_MISSING, 200, 599)]),
        (lambda store: store.kept.pop(999), [(LedgerFault.ENTRY_MISSING, 999, 999)]),
        (swapped, [(LedgerFault.ENTRY_CHANGED, 5, 6)]),
        (put_in_the_middle, [(LedgerFault.ENTRY_CHANGED, 991, 999), (LedgerFault.ENTRY_NOT_LOGGED, 1_000, 1_000)]),
        (put_at_the_end, [(LedgerFault.ENTRY_NOT_LOGGED, 1_000, 1_000)]),
        (lambda store: store.secrets.update({3: Secret(b"{}", bytes(32))}), [(LedgerFault.PAYLOAD_CHANGED, 3, 3)]),
        (lambda store: store.erase([3, 4]), [(LedgerFault.PAYLOAD_MISSING, 3, 4)]),
        (lambda store: damaged(store, 0, 0), [(LedgerFault.TILE_DAMAGED, 0, 255)]),
        (lambda store: store.tiles.pop((0, 1)), [(LedgerFault.TILE_DAMAGED, 256, 511)]),
        (lambda store: damaged(store, 1, 0), [(LedgerFault.TILE_DAMAGED, 0, 999)]),
        (lambda store: store.tiles.update({(2, 0): bytes(32)}), [(LedgerFault.TILE_DAMAGED, 0, 999)]),
        (rewritten, [(LedgerFault.HISTORY_CHANGED, 100, 299)]),
        (rolled_back, [(LedgerFault.ROLLED_BACK, 300, 999)]),
        (lambda store: store.notes.insert(1, "a\n1\n\n"), [(LedgerFault.CHECKPOINT_FORGED, 1, 1)]),
    ],
)
def test_each_kind_of_damage_is_named(
    damage: Callable[[MemoryStore], object], findings: list[tuple[LedgerFault, int, int]]
) -> None:
    store = signed_ledger()
    damage(store)
    assert check(store).findings == [LedgerFinding(*finding) for finding in findings]


def test_all_findings_are_told_at_once() -> None:
    store = signed_ledger()
    changed(store, 17)
    store.kept.pop(700)
    store.erase([3])
    damaged(store, 0, 1)
    assert [(finding.fault, finding.first) for finding in check(store).findings] == [
        (LedgerFault.ENTRY_CHANGED, 17),
        (LedgerFault.ENTRY_MISSING, 700),
        (LedgerFault.PAYLOAD_MISSING, 3),
        (LedgerFault.TILE_DAMAGED, 256),
    ]


def test_a_ledger_rolled_back_with_its_checkpoints_is_found_by_one_that_was_kept() -> None:
    store = signed_ledger()
    kept = store.notes[-1]
    rolled_back(store)
    store.notes = store.notes[:2]
    assert check(store).findings == []
    assert check(store, kept).findings == [LedgerFinding(LedgerFault.ROLLED_BACK, 300, 999)]


def test_what_an_erasure_names_is_not_missing() -> None:
    store = signed_ledger()
    ledger = Ledger(store, KEY)
    ledger.erase([3, 700], AT, "asked")
    ledger.sign(AT)
    assert check(store) == LedgerCheck(1_001, 2, 4, [])


def test_a_checkpoint_of_another_key_counts_for_nothing() -> None:
    store = signed_ledger()
    found = check_ledger(store, SigningKey.generate("kanmon/test").verifier)
    assert found.findings == [LedgerFinding(LedgerFault.CHECKPOINT_FORGED, 0, 2)]
