"""The Merkle tree of RFC 6962 and RFC 9162 over tiles of height 8 (C2SP tlog-tiles). Pure arithmetic.

Level 0 holds the hashes of entries, 256 to a tile; level n + 1 holds the root of each full tile of level n. Only the
last tile of a level may be shorter.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from typing import Protocol

from kanmon.core.errors import LogInconsistent
from kanmon.core.language import N_

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
EMPTY_ROOT = hashlib.sha256(b"").digest()


class HashReader(Protocol):
    """What tells the stored hashes of a tree."""

    def tile(self, level: int, index: int) -> bytes:
        """The hashes of one tile side by side, 32 bytes each; empty where there is no such tile."""


class ReadOnceTiles:
    """Tiles, each read once: many proofs of one tree need the same ones."""

    def __init__(self, reader: HashReader) -> None:
        self.tile = cache(reader.tile)


@dataclass(frozen=True)
class Tile:
    """A tile to be kept; `grows` says that a shorter one stands there already."""

    level: int
    index: int
    hashes: bytes
    grows: bool


def leaf_hash(data: bytes) -> bytes:
    """The hash of an entry's bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split_hashes(tile: bytes) -> list[bytes]:
    """A tile as the list of its hashes."""
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        pairs = iter(hashes)
        hashes = [node_hash(left, right) for left, right in zip(pairs, pairs, strict=True)]
    return hashes[0]


def grown(stored: HashReader, size: int, leaf_hashes: Sequence[bytes]) -> list[Tile]:
    """The tiles that change or come new when a tree of `size` entries takes these, lowest level first.

    Raises `LogInconsistent` where the stored tree is not one of that size.
    """
    tiles: list[Tile] = []
    level, begun, hashes = 0, size, list(leaf_hashes)
    while hashes:
        first, filled = divmod(begun, TILE_WIDTH)
        standing = stored.tile(level, first)
        if len(standing) != filled * HASH_BYTES:
            raise _not_as_it_was(first << TILE_HEIGHT * (level + 1), size)
        hashes = split_hashes(standing) + hashes
        full_roots: list[bytes] = []
        for at in range(0, len(hashes), TILE_WIDTH):
            held = hashes[at : at + TILE_WIDTH]
            tiles.append(Tile(level, first + at // TILE_WIDTH, b"".join(held), grows=at == 0 and filled > 0))
            if len(held) == TILE_WIDTH:
                full_roots.append(perfect_root(held))
        level, begun, hashes = level + 1, first, full_roots
    return tiles


def root(stored: HashReader, size: int) -> bytes:
    """The root over the first `size` entries."""
    return EMPTY_ROOT if size == 0 else _range_hash(cache(stored.tile), 0, size)


def inclusion_proof(stored: HashReader, index: int, size: int) -> list[bytes]:
    """The hashes that lead from entry `index` (from 0) to the root over `size`, from the bottom (RFC 9162, 2.1.3.1)."""
    tile = cache(stored.tile)
    proof: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _left_width(high - low)
        if index < middle:
            proof.append(_range_hash(tile, middle, high))
            high = middle
        else:
            proof.append(_range_hash(tile, low, middle))
            low = middle
    return proof[::-1]


def consistency_proof(stored: HashReader, old: int, new: int) -> list[bytes]:
    """The hashes that show the first `old` entries to begin the first `new` (RFC 9162, 2.1.4.1); 0 needs none."""
    tile = cache(stored.tile)
    proof: list[bytes] = []
    low, high, is_known = 0, new, True
    while old not in (0, high):
        middle = low + _left_width(high - low)
        if old <= middle:
            proof.append(_range_hash(tile, middle, high))
            high = middle
        else:
            proof.append(_range_hash(tile, low, middle))
            low, is_known = middle, False
    if not is_known:
        proof.append(_range_hash(tile, low, high))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes) -> bool:
    """Whether a leaf's hash stands at `index` of the tree with that size and root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            at, last = _up_to_right_child(at, last)
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == expected_root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of size `old` begins the one of size `new` (RFC 9162, 2.1.4.2); the empty one begins each."""
    if old in (0, new):
        return not proof and old_root == (EMPTY_ROOT if old == 0 else new_root)
    if not 0 < old < new or not proof:
        return False
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    found_old = found_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            found_old, found_new = node_hash(sibling, found_old), node_hash(sibling, found_new)
            at, last = _up_to_right_child(at, last)
        else:
            found_new = node_hash(found_new, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found_old == old_root and found_new == new_root


class Frontier:
    """A tree that grows leaf by leaf and keeps only the perfect subtrees at its right edge."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def append(self, leaf: bytes) -> list[bytes]:
        """Take one leaf's hash; the roots of the subtrees that it completes by their height, itself first."""
        completed = [leaf]
        self.size += 1
        while not self.size >> len(completed) - 1 & 1:
            completed.append(node_hash(self._subtrees.pop(), completed[-1]))
        self._subtrees.append(completed[-1])
        return completed

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return _folded(self._subtrees) if self._subtrees else EMPTY_ROOT


def _range_hash(tile: Callable[[int, int], bytes], low: int, high: int) -> bytes:
    """The hash over entries `low` to `high`, a range as the standard's splits yield it."""
    parts = []
    while low < high:
        height = (high - low).bit_length() - 1
        parts.append(_subtree(tile, height, low >> height))
        low += 1 << height
    return _folded(parts)


def _subtree(tile: Callable[[int, int], bytes], height: int, index: int) -> bytes:
    level, inside = divmod(height, TILE_HEIGHT)
    width = 1 << inside
    number, offset = divmod(index * width, TILE_WIDTH)
    hashes = tile(level, number)[offset * HASH_BYTES : (offset + width) * HASH_BYTES]
    if len(hashes) != width * HASH_BYTES:
        raise _not_as_it_was(index << height, (index + 1) << height)
    return perfect_root(split_hashes(hashes))


def _folded(parts: Sequence[bytes]) -> bytes:
    return reduce(lambda right, left: node_hash(left, right), reversed(parts))


def _left_width(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def _up_to_right_child(at: int, last: int) -> tuple[int, int]:
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _not_as_it_was(low: int, high: int) -> LogInconsistent:
    return LogInconsistent(
        N_(
            "the ledger's tree has not the hashes that it must have over entries %(first)s to %(last)s: look with "
            "`kanmon audit ledger`"
        ),
        first=low,
        last=high - 1,
    )
