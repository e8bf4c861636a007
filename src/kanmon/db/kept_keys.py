"""Keys that lie in files of their own, outside of the database: made once, and never anew where one was lost."""

from enum import StrEnum
from typing import Protocol


class KeyKind(StrEnum):
    """The keys of a workspace."""

    LEDGER = "ledger"
    """Signs the ledger's checkpoints."""
    ERASURE = "erasure"
    """Makes the codes by which erased people are known again."""
    ROWS = "rows"
    """Open the rows of kept reports; a folder, of which the file `identity` is known again."""


class KeyMemory(Protocol):
    """What the control plane remembers of keys: never a key, but what it is known again by."""

    def known(self, kind: KeyKind) -> str | None:
        """The fingerprint of the key that there must be; None where none was noted."""

    def was_used(self, kind: KeyKind) -> bool:
        """Whether anything stands in the control plane that such a key made, whether or not it was noted."""

    def note(self, kind: KeyKind, fingerprint: str) -> bool:
        """Remember the first key of a kind; False where another one is remembered, or what stands there is not its."""


class OwnMemory:
    """See `KeyMemory`; remembers as long as it is there, for keys that belong to no control plane."""

    def __init__(self) -> None:
        self._fingerprints: dict[KeyKind, str] = {}

    def known(self, kind: KeyKind) -> str | None:
        """See `KeyMemory`."""
        return self._fingerprints.get(kind)

    def was_used(self, kind: KeyKind) -> bool:
        """See `KeyMemory`."""
        return kind in self._fingerprints

    def note(self, kind: KeyKind, fingerprint: str) -> bool:
        """See `KeyMemory`."""
        return self._fingerprints.setdefault(kind, fingerprint) == fingerprint
