"""Offline proofs that an entry is in the log, as text (C2SP tlog-proof)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.note import NoteInvalid, VerifierKey, decoded, encoded
from kanmon.ledger.tree import HASH_BYTES, verify_inclusion

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,17})")


@dataclass(frozen=True)
class InclusionProof:
    """That an entry stands at `index` of the log that `checkpoint`, a signed note, speaks of."""

    index: int
    hashes: Sequence[bytes]
    checkpoint: str

    def __str__(self) -> str:
        hashes = "".join(f"{encoded(one)}\n" for one in self.hashes)
        return f"{_HEADER}\nindex {self.index}\n{hashes}\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> "InclusionProof":
        """The proof that a text holds; `NoteInvalid` where it is none, or brings `extra` data, which nothing proves."""
        proof, _, checkpoint = text.partition("\n\n")
        header, index, *lines = [*proof.split("\n"), ""]
        found = _INDEX.fullmatch(index)
        hashes = [decoded(line) for line in lines[:-1]]
        if header != _HEADER or not found or any(len(one) != HASH_BYTES for one in hashes):
            raise NoteInvalid("not a proof of inclusion")
        return cls(int(found[1]), hashes, checkpoint)

    def proves(self, leaf_hash: bytes, known: Sequence[VerifierKey]) -> Checkpoint | None:
        """The checkpoint under which the leaf is in the log; None where it is not."""
        checkpoint = Checkpoint.open(self.checkpoint, known)
        is_there = verify_inclusion(leaf_hash, self.index, checkpoint.size, self.hashes, checkpoint.root)
        return checkpoint if is_there else None
