"""A sparse Merkle tree over labels of 32 bytes: for each label one short proof that it is in, or that it is not.

A label's bits, the first the highest, are its way down from the root: 0 left, 1 right. A part of the tree with one
label is that label's leaf, and one without any is `EMPTY_ROOT`; hashes are those of RFC 6962. Where a label may stand
is fixed by its bits, so that no root has a proof of both answers, whoever built the tree. A label may carry a value,
whose length is the same for all labels of a tree: its leaf then is over both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kanmon.ledger.tree import EMPTY_ROOT, HASH_BYTES, leaf_hash, node_hash

MOST_SIBLINGS = 8 * HASH_BYTES
Leaf = tuple[bytes, bytes]
"""A label and its leaf's hash."""


@dataclass(frozen=True)
class LabelProof:
    """What stands at the end of a label's way, and the hashes beside the way, from the root down."""

    found: bytes | None
    """The one label there: the one asked about, or another that shares the whole way; None where there is none."""
    siblings: Sequence[bytes]
    value: bytes = b""
    """What the found label carries."""

    def is_in(self, label: bytes, root: bytes) -> bool | None:
        """Whether the label is in the tree with that root; None where this proves neither."""
        depth = len(self.siblings)
        if len(label) != HASH_BYTES or depth > MOST_SIBLINGS or any(len(one) != HASH_BYTES for one in self.siblings):
            return None
        if self.found is not None and (len(self.found) != HASH_BYTES or _way(self.found, depth) != _way(label, depth)):
            return None
        reached = EMPTY_ROOT if self.found is None else leaf_hash(self.found + self.value)
        for turns_right, sibling in zip(reversed(_way(label, depth)), reversed(self.siblings), strict=True):
            reached = node_hash(sibling, reached) if turns_right else node_hash(reached, sibling)
        return self.found == label if reached == root else None


class LabelTree:
    """The tree over some labels without values, built whole: a few thousand at most."""

    def __init__(self, labels: Iterable[bytes]) -> None:
        self._leaves = [(label, leaf_hash(label)) for label in sorted(set(labels))]
        if any(len(label) != HASH_BYTES for label, _ in self._leaves):
            raise ValueError(f"a label has {HASH_BYTES} bytes")

    def __len__(self) -> int:
        return len(self._leaves)

    @property
    def root(self) -> bytes:
        """The hash over all labels."""
        return part_root(self._leaves, 0)

    def proof(self, label: bytes) -> LabelProof:
        """That a label is in the tree, or that it is not."""
        return LabelProof(*part_proof(self._leaves, label, 0))


def part_root(leaves: Sequence[Leaf], depth: int) -> bytes:
    """The hash over the part of a tree, `depth` bits below its root, that has just these leaves, by their labels."""
    if len(leaves) < 2:
        return leaves[0][1] if leaves else EMPTY_ROOT
    left, right = _parts(leaves, depth)
    return node_hash(part_root(left, depth + 1), part_root(right, depth + 1))


def part_proof(leaves: Sequence[Leaf], label: bytes, depth: int) -> tuple[bytes | None, list[bytes]]:
    """What stands at the end of a label's way through such a part, and the hashes beside the way."""
    siblings: list[bytes] = []
    while len(leaves) > 1:
        left, right = _parts(leaves, depth)
        leaves, beside = (right, left) if bit_of(label, depth) else (left, right)
        depth += 1
        siblings.append(part_root(beside, depth))
    return leaves[0][0] if leaves else None, siblings


def bit_of(label: bytes, depth: int) -> int:
    """Where a label's way turns at a depth."""
    return label[depth >> 3] >> (7 - (depth & 7)) & 1


def _parts(leaves: Sequence[Leaf], depth: int) -> tuple[Sequence[Leaf], Sequence[Leaf]]:
    """Those of sorted labels that go left at a depth, and those that go right."""
    at, mask, first_right = depth >> 3, 128 >> (depth & 7), len(leaves)
    for place, (label, _) in enumerate(leaves):
        if label[at] & mask:
            first_right = place
            break
    return leaves[:first_right], leaves[first_right:]


def _way(label: bytes, depth: int) -> list[int]:
    return [bit_of(label, place) for place in range(depth)]
