"""A sparse Merkle tree over labels of 32 bytes: for each label one short proof that it is in, or that it is not.

A label's bits, the first the highest, are its way down from the root: 0 left, 1 right. A part of the tree with one
label is that label's leaf, and one without any is `EMPTY_ROOT`; hashes are those of RFC 6962. Where a label may stand
is fixed by its bits, so that no root has a proof of both answers, whoever built the tree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kanmon.ledger.tree import EMPTY_ROOT, HASH_BYTES, leaf_hash, node_hash

MOST_SIBLINGS = 8 * HASH_BYTES


@dataclass(frozen=True)
class LabelProof:
    """What stands at the end of a label's way, and the hashes beside the way, from the root down."""

    found: bytes | None
    """The one label there: the one asked about, or another that shares the whole way; None where there is none."""
    siblings: Sequence[bytes]

    def is_in(self, label: bytes, root: bytes) -> bool | None:
        """Whether the label is in the tree with that root; None where this proves neither."""
        depth = len(self.siblings)
        if len(label) != HASH_BYTES or depth > MOST_SIBLINGS or any(len(one) != HASH_BYTES for one in self.siblings):
            return None
        if self.found is not None and (len(self.found) != HASH_BYTES or _way(self.found, depth) != _way(label, depth)):
            return None
        reached = EMPTY_ROOT if self.found is None else leaf_hash(self.found)
        for turns_right, sibling in zip(reversed(_way(label, depth)), reversed(self.siblings), strict=True):
            reached = node_hash(sibling, reached) if turns_right else node_hash(reached, sibling)
        return self.found == label if reached == root else None


class LabelTree:
    """The tree over some labels, built whole: a few thousand at most."""

    def __init__(self, labels: Iterable[bytes]) -> None:
        self._labels = sorted(set(labels))
        if any(len(label) != HASH_BYTES for label in self._labels):
            raise ValueError(f"a label has {HASH_BYTES} bytes")

    def __len__(self) -> int:
        return len(self._labels)

    @property
    def root(self) -> bytes:
        """The hash over all labels."""
        return _root(self._labels, 0)

    def proof(self, label: bytes) -> LabelProof:
        """That a label is in the tree, or that it is not."""
        labels: Sequence[bytes] = self._labels
        siblings: list[bytes] = []
        while len(labels) > 1:
            depth = len(siblings)
            left, right = _parts(labels, depth)
            labels, beside = (right, left) if _bit(label, depth) else (left, right)
            siblings.append(_root(beside, depth + 1))
        return LabelProof(labels[0] if labels else None, siblings)


def _root(labels: Sequence[bytes], depth: int) -> bytes:
    if len(labels) < 2:
        return leaf_hash(labels[0]) if labels else EMPTY_ROOT
    left, right = _parts(labels, depth)
    return node_hash(_root(left, depth + 1), _root(right, depth + 1))


def _parts(labels: Sequence[bytes], depth: int) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Those of sorted labels that go left at a depth, and those that go right."""
    first_right = next((place for place, label in enumerate(labels) if _bit(label, depth)), len(labels))
    return labels[:first_right], labels[first_right:]


def _bit(label: bytes, depth: int) -> int:
    return label[depth >> 3] >> (7 - (depth & 7)) & 1


def _way(label: bytes, depth: int) -> list[int]:
    return [_bit(label, place) for place in range(depth)]
