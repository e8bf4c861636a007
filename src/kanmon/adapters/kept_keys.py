"""Keys that lie in files of their own, outside of the database: made once, and never anew where one was lost."""

import os
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from kanmon.adapters.durable import sync


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


def made_once(path: Path, content: str) -> bool:
    """Make a file that only its owner may read, on disk when this returns; False where there was one already."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(written, path)
    except FileExistsError:
        return False
    finally:
        written.unlink()
    sync(path.parent)
    return True
