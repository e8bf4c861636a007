"""Cosignatures of witnesses on checkpoints (C2SP tlog-cosignature, `cosignature/v1` with Ed25519).

A witness says by one that at a time this was the largest consistent tree that it had seen of the log.
"""

import hashlib
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kanmon.ledger.note import NoteInvalid, decoded, encoded, signatures_of

SECONDS_AHEAD = 300
"""How far a witness's clock may be ahead: a cosignature from further in the future counts for nothing."""
_COSIGNATURE = b"\x04"
_NAME = re.compile(r"[^\s+]+")
_LATEST = 2**63 - 1


@dataclass(frozen=True)
class WitnessKey:
    """A witness's public key and the name under which it cosigns; `public` has 32 bytes."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> "WitnessKey":
        """The key written as `name+id+base64`, type 0x04; `NoteInvalid` where it is none."""
        name, _, rest = vkey.partition("+")
        key = cls(name, decoded(rest.partition("+")[2])[1:])
        if not _NAME.fullmatch(name) or len(key.public) != 32 or str(key) != vkey:
            raise NoteInvalid("not a key of Ed25519 for cosignatures")
        return key

    @property
    def key_id(self) -> bytes:
        """The four bytes before each of its cosignatures."""
        return hashlib.sha256(self.name.encode() + b"\n" + _COSIGNATURE + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encoded(_COSIGNATURE + self.public)}"


@dataclass(frozen=True)
class Cosignature:
    """What one witness said of a checkpoint."""

    witness: WitnessKey
    timestamp: int
    """When, in POSIX seconds by the witness's own clock."""
    line: str
    """The line of the note, with its newline."""

    def is_ahead(self, now: datetime) -> bool:
        """Whether it is from the future, and counts for nothing."""
        return self.timestamp > int(now.timestamp()) + SECONDS_AHEAD

    def at(self) -> datetime | None:
        """When it was given; None for a time that no calendar has."""
        try:
            return datetime.fromtimestamp(self.timestamp, UTC)
        except (ValueError, OverflowError, OSError):
            return None


def cosignatures_on(note: str, keys: Iterable[WitnessKey]) -> list[Cosignature]:
    """What these witnesses said of a note, each once, in the order of its lines; others' lines are passed over.

    `NoteInvalid` where a line bears the name and ID of one of the keys and is not by it.
    """
    text, lines = signatures_of(note)
    known = {(key.name, key.key_id): key for key in keys}
    cosignatures: dict[WitnessKey, Cosignature] = {}
    for name, blob in lines:
        key = known.get((name, blob[:4]))
        if key is not None:
            cosignatures.setdefault(key, _verified(key, text, blob))
    return list(cosignatures.values())


def counted(cosignatures: Sequence[Cosignature], trusted: Iterable[WitnessKey], now: datetime) -> list[Cosignature]:
    """Those by trusted witnesses that count: none from the future, and one for each key, whatever its names."""
    wanted, by_key = set(trusted), dict[bytes, Cosignature]()
    for cosignature in cosignatures:
        if cosignature.witness in wanted and not cosignature.is_ahead(now):
            by_key.setdefault(cosignature.witness.public, cosignature)
    return list(by_key.values())


def _verified(key: WitnessKey, text: str, blob: bytes) -> Cosignature:
    if len(blob) != 4 + 8 + 64:
        raise NoteInvalid("a witness's cosignature is not one")
    (timestamp,) = struct.unpack(">Q", blob[4:12])
    message = f"cosignature/v1\ntime {timestamp}\n{text}".encode()
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(blob[12:], message)
    except InvalidSignature:
        raise NoteInvalid("a witness's cosignature fails") from None
    if not 0 < timestamp <= _LATEST:
        raise NoteInvalid("a witness's cosignature has no time")
    return Cosignature(key, timestamp, f"— {key.name} {encoded(blob)}\n")
