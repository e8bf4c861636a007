"""Consistency proofs (RFC 6962, section 2.1.2), checked by the recursion that defines them."""

import hashlib
from collections.abc import Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def is_extension(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of `old` leaves begins the one of `new`; the empty one begins each, and needs no proof."""
    if not 0 <= old <= new or (new == 0 and new_root != EMPTY_ROOT):
        return False
    if old == 0:
        return not proof
    roots = _roots(old, new, list(proof), old_root)
    return roots == (old_root, new_root)


def _roots(old: int, new: int, proof: list[bytes], known: bytes | None) -> tuple[bytes, bytes] | None:
    """The two roots that a proof leads to; None where it has too few or too many hashes.

    `known` is the old root as long as the subtree looked at begins the tree: there the proof leaves it out.
    """
    if old == new:
        if known is not None:
            return (known, known) if not proof else None
        return (proof[0], proof[0]) if len(proof) == 1 else None
    if not proof:
        return None
    left_width = 1 << ((new - 1).bit_length() - 1)
    sibling = proof.pop()
    if old <= left_width:
        below = _roots(old, left_width, proof, known)
        return None if below is None else (below[0], _node(below[1], sibling))
    below = _roots(old - left_width, new - left_width, proof, None)
    return None if below is None else (_node(sibling, below[0]), _node(sibling, below[1]))


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
