"""Signed notes (C2SP signed-note) and checkpoints (C2SP tlog-checkpoint), read from bytes; cosignatures, written.

Written from the standards alone: a witness that shared code with a log would share its faults.
"""

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MOST_SIGNATURES = 64
LARGEST_SIZE = 2**63 - 1
_LOG, _COSIGNER = 0x01, 0x04
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_NAME = re.compile(r"[^\s+]+")
_MARK = "PRIVATE+KEY+"


class Malformed(ValueError):
    """Bytes that are no note, no checkpoint or no key."""


@dataclass(frozen=True)
class LogKey:
    """A public key that a log signs with; `public` has 32 bytes."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> "LogKey":
        """The key written as `name+id+base64` (type 0x01, Ed25519); `Malformed` for any other text."""
        name, _, rest = vkey.partition("+")
        key_id, _, material = rest.partition("+")
        raw = from_base64(material)
        if not _NAME.fullmatch(name) or len(raw) != 33 or raw[0] != _LOG:
            raise Malformed(f"{vkey!r} is no Ed25519 key of a log")
        key = cls(name, raw[1:])
        if key.key_id.hex() != key_id:
            raise Malformed(f"{vkey!r} has another ID than its key")
        return key

    @property
    def key_id(self) -> bytes:
        """The four bytes before each signature."""
        return _key_id(self.name, _LOG, self.public)


@dataclass(frozen=True)
class Note:
    """A signed note: its text with the last newline, and (key name, key ID and signature) of each line below."""

    text: str
    signatures: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, content: bytes) -> "Note":
        """The note that these bytes are; `Malformed` for any others."""
        try:
            whole = content.decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed("the note is not UTF-8") from None
        text, gap, lines = whole.rpartition("\n\n")
        if not gap or not lines.endswith("\n") or any(letter < " " and letter != "\n" for letter in whole):
            raise Malformed("the note is not text, an empty line and lines of signatures")
        signatures = tuple(map(_signature, lines[:-1].split("\n")))
        if len(signatures) > MOST_SIGNATURES:
            raise Malformed(f"the note has more than {MOST_SIGNATURES} signatures")
        return cls(f"{text}\n", signatures)

    def is_signed_by(self, keys: Iterable[LogKey]) -> bool:
        """Whether one of these keys signed it, and none of their signatures fails."""
        known = {(key.name, key.key_id): key for key in keys}
        signed = False
        for name, blob in self.signatures:
            key = known.get((name, blob[:4]))
            if key is None:
                continue
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(blob[4:], self.text.encode())
            except InvalidSignature:
                return False
            signed = True
        return signed

    def with_signatures_of(self, keys: Iterable[LogKey], *further: str) -> str:
        """The note with those keys' signatures and further lines, and nobody else's."""
        known = {(key.name, key.key_id) for key in keys}
        kept = [f"— {name} {_base64(blob)}\n" for name, blob in self.signatures if (name, blob[:4]) in known]
        return f"{self.text}\n{''.join(kept)}{''.join(further)}"


@dataclass(frozen=True)
class Checkpoint:
    """The first three lines of a checkpoint; `root` has 32 bytes. Further lines are the log's own affair."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """What a note's text says; `Malformed` where it is no checkpoint."""
        lines = text.split("\n")[:-1]
        if len(lines) < 3 or not all(lines):
            raise Malformed("the note is no checkpoint of at least three lines")
        root = from_base64(lines[2])
        if len(root) != 32:
            raise Malformed("the checkpoint's root has not 32 bytes")
        return cls(lines[0], number(lines[1]), root)


@dataclass(frozen=True)
class WitnessKey:
    """The witness's own key, and the name under which it cosigns."""

    name: str
    private: Ed25519PrivateKey

    @classmethod
    def generate(cls, name: str) -> "WitnessKey":
        """A new key; `Malformed` where the name has spaces or a plus."""
        if not _NAME.fullmatch(name):
            raise Malformed("a witness's name has neither spaces nor plus")
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def read(cls, path: Path) -> "WitnessKey":
        """The key that a file holds; `Malformed` where it holds none, `OSError` where it can't be read."""
        name, _, rest = path.read_text(encoding="utf-8").strip().removeprefix(_MARK).partition("+")
        raw = from_base64(rest.partition("+")[2])
        if len(raw) != 33 or raw[0] != _COSIGNER:
            raise Malformed(f"{path} holds no key of a witness")
        key = cls(name, Ed25519PrivateKey.from_private_bytes(raw[1:]))
        if key.secret() != path.read_text(encoding="utf-8"):
            raise Malformed(f"{path} holds no key of a witness")
        return key

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public half."""
        return self.private.public_key().public_bytes_raw()

    @property
    def key_id(self) -> bytes:
        """The four bytes before each cosignature."""
        return _key_id(self.name, _COSIGNER, self.public)

    @property
    def vkey(self) -> str:
        """The public key as it is published: `name+id+base64`, type 0x04."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(bytes([_COSIGNER]) + self.public)}"

    def secret(self) -> str:
        """The line that its file holds."""
        raw = bytes([_COSIGNER]) + self.private.private_bytes_raw()
        return f"{_MARK}{self.name}+{self.key_id.hex()}+{_base64(raw)}\n"

    def cosign(self, text: str, timestamp: int) -> str:
        """The line that cosigns a checkpoint's text at a POSIX time (C2SP tlog-cosignature, `cosignature/v1`)."""
        signature = self.private.sign(f"cosignature/v1\ntime {timestamp}\n{text}".encode())
        return f"— {self.name} {_base64(self.key_id + struct.pack('>Q', timestamp) + signature)}\n"

    def __repr__(self) -> str:
        return f"WitnessKey({self.name!r})"


def number(text: str) -> int:
    """A decimal without leading zeroes, up to 2^63 - 1; `Malformed` for any other text."""
    if not _NUMBER.fullmatch(text) or int(text) > LARGEST_SIZE:
        raise Malformed(f"{text[:40]!r} is no size of a tree")
    return int(text)


def from_base64(text: str) -> bytes:
    """The bytes of standard Base 64 in its one spelling; `Malformed` for any other."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise Malformed("not Base 64") from None
    if _base64(raw) != text:
        raise Malformed("not Base 64 as it must be spelt")
    return raw


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    blob = from_base64(encoded)
    if dash != "—" or not _NAME.fullmatch(name) or len(blob) < 5:
        raise Malformed("not a line of a signature")
    return name, blob


def _key_id(name: str, kind: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
