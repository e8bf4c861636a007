"""What is known of a lake's manifest outside of the lake, so that an old or a lost one is not taken for the lake.

A change of the lake is noted as the next manifest before that is put in force, and as the one in force afterwards:
whoever is killed in between leaves a manifest that is one of the two.
"""

from hashlib import sha256
from typing import NamedTuple, Protocol


class ManifestRecord(NamedTuple):
    """The SHA-256 of the manifest in force, and of the one that was about to be; None where there is none."""

    current: str | None
    coming: str | None = None

    def names(self, content: bytes | None) -> bool:
        """Whether a manifest (None: that there is none) is one of the two."""
        digest = digest_of(content)
        return digest == self.current or (digest is not None and digest == self.coming)


class ManifestNote(Protocol):
    """Remembers the manifest of one lake; each call lasts when it returns."""

    def noted(self) -> ManifestRecord | None:
        """What is noted; None where nothing ever was."""

    def note(self, noted: ManifestRecord) -> None:
        """Note this instead."""


class NoNote:
    """See `ManifestNote`; for a lake that belongs to no control plane."""

    def noted(self) -> ManifestRecord | None:
        """Nothing."""
        return None

    def note(self, noted: ManifestRecord) -> None:
        """Nothing happens."""


def digest_of(content: bytes | None) -> str | None:
    """What a manifest is noted as."""
    return None if content is None else sha256(content).hexdigest()
