"""One key of the log after the other: the first checkpoint under a new key says whose successor it is, and is public.

Its text has lines after those of every checkpoint (C2SP allows them): `succeeds` and `with`, the two keys,
`because` `rotated` or `lost`, and `reason`. A rotation is signed with both keys, the old one first. Of a lost key the
new one alone signs: that it is the successor is then a word of the privacy owner, and whoever verifies is told so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kanmon.ledger.checkpoint import Checkpoint, is_about_people
from kanmon.ledger.note import NoteInvalid, SigningKey, VerifierKey, cosigned

_MARKS = ("succeeds ", "with ", "because ", "reason ")
MARK = "\nsucceeds "
"""What every such note holds, and no other checkpoint."""


class SuccessionReason(StrEnum):
    """Why a key was succeeded."""

    ROTATED = "rotated"
    LOST = "lost"


@dataclass(frozen=True)
class Succession:
    """From `size` entries on, `new` signs the log and `old` no more."""

    size: int
    old: VerifierKey
    new: VerifierKey
    because: SuccessionReason
    reason: str
    note: str

    @property
    def is_proved(self) -> bool:
        """Whether the old key has signed it."""
        return self.because is SuccessionReason.ROTATED

    @classmethod
    def begun(cls, checkpoint: Checkpoint, old: SigningKey | VerifierKey, new: SigningKey, reason: str) -> "Succession":
        """The succession at a checkpoint; signed with the old key where that is at hand, else of a lost one."""
        because = SuccessionReason.ROTATED if isinstance(old, SigningKey) else SuccessionReason.LOST
        before = old.verifier if isinstance(old, SigningKey) else old
        spelt = "".join(letter for letter in reason if letter.isprintable() or letter.isspace())
        values = (before, new.verifier, because, " ".join(spelt.split()))
        lines = "".join(f"{mark}{value}\n" for mark, value in zip(_MARKS, values, strict=True))
        text = f"{checkpoint.text}{lines}"
        return cls.parse(cosigned(text, [old, new] if isinstance(old, SigningKey) else [new]))

    @classmethod
    def parse(cls, note: str) -> "Succession":
        """The succession that a note says and that its keys have signed; `NoteInvalid` for any other note."""
        lines = note.partition("\n\n")[0].split("\n")[3:]
        lines = lines[1:] if lines and is_about_people(lines[0]) else lines
        if len(lines) != len(_MARKS) or not all(map(str.startswith, lines, _MARKS)):
            raise NoteInvalid("not a succession")
        old, new, because, reason = (line.removeprefix(mark) for line, mark in zip(lines, _MARKS, strict=True))
        if because not in set(SuccessionReason):
            raise NoteInvalid("not a succession")
        before, after = VerifierKey.parse(old), VerifierKey.parse(new)
        checkpoint = Checkpoint.open(note, [after])
        if because == SuccessionReason.ROTATED:
            Checkpoint.open(note, [before])
        if before.name != after.name or checkpoint.origin != after.name:
            raise NoteInvalid("a succession in another log")
        return cls(checkpoint.size, before, after, SuccessionReason(because), reason, note)


@dataclass(frozen=True)
class KeyChain:
    """All keys of a log: `current`, and by which successions it became that, oldest first."""

    current: VerifierKey
    successions: Sequence[Succession] = ()

    @classmethod
    def parse(cls, notes: Sequence[str], current: VerifierKey) -> "KeyChain":
        """The chain that ends at `current`; `NoteInvalid` where these notes don't make one."""
        steps = tuple(sorted(map(Succession.parse, notes), key=lambda step: step.size))
        ends = [*(step.old for step in steps[1:]), current] if steps else []
        if [step.new for step in steps] != ends:
            raise NoteInvalid("the keys don't follow each other")
        return cls(current, steps)

    @property
    def keys(self) -> Sequence[VerifierKey]:
        """All keys, the newest first."""
        return [self.current, *(step.old for step in reversed(self.successions))]

    def key_for(self, size: int) -> VerifierKey:
        """The key that signs checkpoints over so many entries."""
        return next((step.old for step in self.successions if size < step.size), self.current)

    def open(self, note: str) -> Checkpoint:
        """What a note says; `NoteInvalid` where the key for its size did not sign it."""
        checkpoint = Checkpoint.open(note, self.keys)
        return Checkpoint.open(note, [self.key_for(checkpoint.size)])

    def unproved_since(self, key: VerifierKey) -> Sequence[Succession] | None:
        """The successions after `key` that no old key has signed; None where it is none of the chain's keys."""
        if key not in self.keys:
            return None
        at = len(self.successions) - list(self.keys).index(key)
        return [step for step in self.successions[at:] if not step.is_proved]
