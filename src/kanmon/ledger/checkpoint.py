"""Checkpoints (C2SP tlog-checkpoint): what the log says about itself, as the text of a signed note."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kanmon.ledger.note import NoteInvalid, SigningKey, VerifierKey, decoded, encoded, open_note, sign
from kanmon.ledger.tree import HASH_BYTES
from kanmon.ledger.vrf import PUBLIC_BYTES

_TEXT = re.compile(r"(?P<origin>.+)\n(?P<size>0|[1-9][0-9]{0,17})\n(?P<root>.+)\n(?P<more>(.+\n)*)")
"""Extension lines, which C2SP allows and does not recommend, are passed over, but for the one of the index."""
_PEOPLE = "people "


@dataclass(frozen=True)
class PeopleRoot:
    """What stands there of the index of people: its root (32 bytes), and the public key of its labels (33 bytes)."""

    root: bytes
    key: bytes

    @property
    def line(self) -> str:
        """The checkpoint's first extension line."""
        return f"{_PEOPLE}{encoded(self.root)} {encoded(self.key)}\n"

    @classmethod
    def parse(cls, line: str) -> "PeopleRoot":
        """What such a line says; `NoteInvalid` where it is none."""
        parts = [decoded(part) for part in line.removeprefix(_PEOPLE).split(" ")]
        if [len(part) for part in parts] != [HASH_BYTES, PUBLIC_BYTES]:
            raise NoteInvalid("not a root of the index of people")
        return cls(*parts)


@dataclass(frozen=True)
class Checkpoint:
    """The log named `origin` had this root (32 bytes) over its first `size` entries.

    One that was signed before there was an index of people has no `people`.
    """

    origin: str
    size: int
    root: bytes
    people: PeopleRoot | None = None

    @property
    def text(self) -> str:
        """What is signed."""
        people = "" if self.people is None else self.people.line
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n{people}"

    def signed(self, key: SigningKey) -> str:
        """The note that says it."""
        return sign(self.text, key)

    @classmethod
    def open(cls, note: str, known: Sequence[VerifierKey]) -> "Checkpoint":
        """What a note says; `NoteInvalid` where no known key signed it, or where its text is no checkpoint."""
        found = _TEXT.fullmatch(open_note(note, known))
        if not found or len(root := decoded(found["root"])) != HASH_BYTES:
            raise NoteInvalid("not a checkpoint")
        first, *others = found["more"].split("\n")
        if any(line.startswith(_PEOPLE) for line in others):
            raise NoteInvalid("a second root of the index of people, or one that is not first")
        people = PeopleRoot.parse(first) if first.startswith(_PEOPLE) else None
        return cls(found["origin"], int(found["size"]), root, people)


def is_about_people(line: str) -> bool:
    """Whether an extension line speaks of the index of people."""
    return line.startswith(_PEOPLE)
