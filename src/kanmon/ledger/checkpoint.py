"""Checkpoints (C2SP tlog-checkpoint): what the log says about itself, as the text of a signed note."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kanmon.ledger.note import NoteInvalid, SigningKey, VerifierKey, decoded, encoded, open_note, sign
from kanmon.ledger.tree import HASH_BYTES

_TEXT = re.compile(r"(?P<origin>.+)\n(?P<size>0|[1-9][0-9]{0,17})\n(?P<root>.+)\n(.+\n)*")
"""Extension lines, which C2SP allows and does not recommend, are passed over."""


@dataclass(frozen=True)
class Checkpoint:
    """The log named `origin` had this root (32 bytes) over its first `size` entries."""

    origin: str
    size: int
    root: bytes

    def signed(self, key: SigningKey) -> str:
        """The note that says it."""
        return sign(f"{self.origin}\n{self.size}\n{encoded(self.root)}\n", key)

    @classmethod
    def open(cls, note: str, known: Sequence[VerifierKey]) -> "Checkpoint":
        """What a note says; `NoteInvalid` where no known key signed it, or where its text is no checkpoint."""
        found = _TEXT.fullmatch(open_note(note, known))
        if not found or len(root := decoded(found["root"])) != HASH_BYTES:
            raise NoteInvalid("not a checkpoint")
        return cls(found["origin"], int(found["size"]), root)
