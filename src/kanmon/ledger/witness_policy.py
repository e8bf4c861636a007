"""How many of which witnesses must have cosigned a checkpoint, as the log says: a C2SP tlog-policy in a signed note.

It is the operator's own statement, which the log's key binds: who trusts these witnesses decides who verifies.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kanmon.ledger.cosignature import WitnessKey
from kanmon.ledger.note import NoteInvalid, SigningKey, VerifierKey, open_note, sign

MOST_WITNESSES = 32
"""C2SP asks for at least so many."""
_GROUP = re.compile(r"group witnesses ([1-9][0-9]?)( w[1-9][0-9]?)+")


@dataclass(frozen=True)
class WitnessPolicy:
    """A checkpoint of `log` counts as witnessed where `quorum` of `witnesses` cosigned it."""

    log: VerifierKey
    witnesses: Sequence[WitnessKey]
    quorum: int

    def __post_init__(self) -> None:
        if not 1 <= self.quorum <= len(self.witnesses) <= MOST_WITNESSES:
            raise NoteInvalid("not a quorum of these witnesses")
        if len({key.public for key in self.witnesses}) != len(self.witnesses):
            raise NoteInvalid("one key stands for several witnesses")

    @property
    def text(self) -> str:
        """The policy's lines."""
        names = [f"w{number}" for number in range(1, len(self.witnesses) + 1)]
        witnesses = "".join(f"witness {name} {key}\n" for name, key in zip(names, self.witnesses, strict=True))
        group = f"group witnesses {self.quorum} {' '.join(names)}\n"
        return f"log {self.log}\n{witnesses}{group}quorum witnesses\n"

    def signed(self, key: SigningKey) -> str:
        """The note that says it."""
        return sign(self.text, key)

    @classmethod
    def parse(cls, note: str, log: VerifierKey) -> "WitnessPolicy":
        """The policy that a log's key has signed; `NoteInvalid` for any other note, or one spelt in another way."""
        text = open_note(note, [log])
        lines = text.split("\n")[:-1]
        group = _GROUP.fullmatch(lines[-2]) if len(lines) >= 4 else None
        if group is None:
            raise NoteInvalid("not a policy of witnesses")
        keys = [WitnessKey.parse(line.split(" ")[-1]) for line in lines[1:-2]]
        policy = cls(log, keys, int(group[1]))
        if policy.text != text:
            raise NoteInvalid("not a policy of witnesses")
        return policy
