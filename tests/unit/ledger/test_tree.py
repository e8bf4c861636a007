"""The tree against the vectors of 2, section 4.5, and against RFC 6962's definition for any size."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanmon.core.errors import LogInconsistent
from kanmon.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    Tile,
    consistency_proof,
    grown,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CA854E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
INCLUSION_OF_5_IN_8 = ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", CA854E, ROOTS[4]]
CONSISTENCY_OF_6_WITH_8 = ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", CA854E, ROOTS[4]]


class Tiles:
    """A tree of a thousand entries or so, grown by parts."""

    def __init__(self) -> None:
        self.size = 0
        self.tiles: dict[tuple[int, int], bytes] = {}

    def tile(self, level: int, index: int) -> bytes:
        return self.tiles.get((level, index), b"")

    def append(self, hashes: list[bytes]) -> list[Tile]:
        changed = grown(self, self.size, hashes)
        self.tiles |= {(tile.level, tile.index): tile.hashes for tile in changed}
        self.size += len(hashes)
        return changed


def tree_of(leaves: list[bytes]) -> Tiles:
    tiles = Tiles()
    tiles.append([leaf_hash(leaf) for leaf in leaves])
    return tiles


def numbered(count: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(count)]


def root_by_definition(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, as it is written there."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    k = max(1 << bit for bit in range(20) if 1 << bit < len(hashes))
    return hashlib.sha256(b"\1" + root_by_definition(hashes[:k]) + root_by_definition(hashes[k:])).digest()


MANY = numbered(70_000)
BIG = Tiles()
BIG.append(MANY)


@pytest.mark.parametrize("size", range(9))
def test_roots_of_the_reference(size: int) -> None:
    assert root(tree_of(LEAVES[:size]), size).hex() == ROOTS[size]
    assert root(tree_of(LEAVES), size).hex() == ROOTS[size]
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.append(leaf_hash(leaf))
    assert frontier.root().hex() == ROOTS[size]


def test_proofs_of_the_reference() -> None:
    tree = tree_of(LEAVES)
    assert [one.hex() for one in inclusion_proof(tree, 5, 8)] == INCLUSION_OF_5_IN_8
    assert [one.hex() for one in consistency_proof(tree, 6, 8)] == CONSISTENCY_OF_6_WITH_8


def test_proofs_of_the_reference_verify_and_altered_ones_do_not() -> None:
    path = [bytes.fromhex(one) for one in INCLUSION_OF_5_IN_8]
    top = bytes.fromhex(ROOTS[8])
    leaf = leaf_hash(LEAVES[5])
    assert verify_inclusion(leaf, 5, 8, path, top)
    assert not verify_inclusion(leaf, 4, 8, path, top)
    assert not verify_inclusion(leaf, 5, 9, path, top)
    assert not verify_inclusion(leaf, 5, 8, path[:-1], top)
    assert not verify_inclusion(leaf, 5, 8, [*path, top], top)
    assert not verify_inclusion(leaf, 8, 8, path, top)
    assert not verify_inclusion(leaf, -1, 8, path, top)
    between = [bytes.fromhex(one) for one in CONSISTENCY_OF_6_WITH_8]
    old = bytes.fromhex(ROOTS[6])
    assert verify_consistency(6, 8, old, top, between)
    assert not verify_consistency(5, 8, old, top, between)
    assert not verify_consistency(6, 8, top, top, between)
    assert not verify_consistency(6, 8, old, old, between)
    assert not verify_consistency(6, 8, old, top, between[1:])
    assert not verify_consistency(8, 6, top, old, between)
    assert verify_consistency(0, 8, EMPTY_ROOT, top, [])
    assert not verify_consistency(0, 8, top, top, [])


@given(st.lists(st.integers(0, 700), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_a_tree_grown_by_parts_is_the_tree_of_all(parts: list[int]) -> None:
    tree = Tiles()
    for part in parts:
        for tile in tree.append(MANY[tree.size : tree.size + part]):
            assert len(tile.hashes) <= 256 * 32
    assert root(tree, tree.size) == root_by_definition(MANY[: tree.size])
    whole = Tiles()
    whole.append(MANY[: tree.size])
    assert whole.tiles == tree.tiles


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_every_entry_of_every_size_is_proved_and_no_other_in_its_place(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 600) | st.integers(1, len(MANY)))
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(BIG, index, size)
    top = root(BIG, size)
    assert verify_inclusion(MANY[index], index, size, proof, top)
    other = data.draw(st.integers(0, size - 1))
    assert verify_inclusion(MANY[other], index, size, proof, top) == (other == index)
    assert verify_inclusion(MANY[index], other, size, proof, top) == (other == index)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_every_size_begins_every_later_one(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 600) | st.integers(1, len(MANY)))
    old = data.draw(st.integers(0, new))
    proof = consistency_proof(BIG, old, new)
    assert verify_consistency(old, new, root(BIG, old), root(BIG, new), proof)
    if 0 < old < new:
        assert not verify_consistency(old, new, root(BIG, old - 1), root(BIG, new), proof)
        assert not verify_consistency(old, new, root(BIG, old), root(BIG, new - 1), proof)


@given(st.integers(1, 3_000))
@settings(max_examples=20, deadline=None)
def test_the_frontier_agrees_with_the_tiles(size: int) -> None:
    frontier = Frontier()
    for leaf in MANY[:size]:
        frontier.append(leaf)
    assert frontier.root() == root(BIG, size)


def test_a_tree_with_hashes_missing_or_too_many_is_not_grown() -> None:
    tree = Tiles()
    tree.append(MANY[:300])
    whole = tree.tiles[0, 1]
    for damaged in (whole[:-32], whole + whole[:32], b""):
        tree.tiles[0, 1] = damaged
        with pytest.raises(LogInconsistent):
            tree.append(MANY[300:301])
    tree.tiles[0, 1] = whole[:-32]
    with pytest.raises(LogInconsistent):
        root(tree, 300)
