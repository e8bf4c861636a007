"""Signed notes (C2SP signed-note) with Ed25519: text, an empty line, one line for each signature.

Nothing is taken that is not spelt as this module spells it, so that no byte of a note can be changed unseen.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MOST_SIGNATURES = 64
"""A note with more is refused; C2SP asks for at least 16."""
_ED25519 = b"\x01"
_NAME = re.compile(r"[^\s+]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteInvalid(ValueError):
    """A note, or a key for notes, is not one."""


@dataclass(frozen=True)
class VerifierKey:
    """A public key and the name under which it signs; `public` has 32 bytes."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> "VerifierKey":
        """The key written as `name+id+base64`; `NoteInvalid` where it is none of Ed25519."""
        name, _, rest = vkey.partition("+")
        key = cls(name, decoded(rest.partition("+")[2])[1:])
        if not _NAME.fullmatch(name) or len(key.public) != 32 or str(key) != vkey:
            raise NoteInvalid("not a key of Ed25519 for notes")
        return key

    @property
    def key_id(self) -> bytes:
        """The four bytes that tell keys of one name apart."""
        return _key_id(self.name, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encoded(_ED25519 + self.public)}"

    def has_signed(self, text: str, signature: bytes) -> bool:
        """Whether the signature over a note's text is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """A private key and the name under which it signs."""

    name: str
    private: Ed25519PrivateKey

    @classmethod
    def generate(cls, name: str) -> "SigningKey":
        """A new key; `name` is an address without a scheme, without spaces and plus."""
        if not _NAME.fullmatch(name):
            raise NoteInvalid("a key's name has neither spaces nor plus")
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def parse(cls, skey: str) -> "SigningKey":
        """The key written as `PRIVATE+KEY+name+id+base64`; `NoteInvalid` where it is none of Ed25519."""
        parts = skey.split("+", 4)
        seed = decoded(parts[4])[1:] if len(parts) == 5 else b""
        if len(seed) != 32 or str(key := cls(parts[2], Ed25519PrivateKey.from_private_bytes(seed))) != skey:
            raise NoteInvalid("not a private key of Ed25519 for notes")
        return key

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw())

    def __str__(self) -> str:
        """The key's secret itself, as it is kept in its file."""
        seed = encoded(_ED25519 + self.private.private_bytes_raw())
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{seed}"

    def __repr__(self) -> str:
        return f"SigningKey({self.name!r})"


def sign(text: str, key: SigningKey) -> str:
    """The note over a text that ends in a newline."""
    return cosigned(text, [key])


def cosigned(text: str, keys: Sequence[SigningKey]) -> str:
    """The note over a text that ends in a newline, signed with each key in turn."""
    _refuse_malformed(text)
    signed = [(key.name, encoded(key.verifier.key_id + key.private.sign(text.encode()))) for key in keys]
    return f"{text}\n" + "".join(f"— {name} {signature}\n" for name, signature in signed)


def open_note(note: str, known: Sequence[VerifierKey]) -> str:
    """The text of a note that a known key has signed.

    Signatures of unknown keys are passed over; `NoteInvalid` where a known key's fails, or where none is known.
    """
    text, lines = signatures_of(note)
    keys = {(key.name, key.key_id): key for key in known}
    is_signed = False
    for name, signature in lines:
        key = keys.get((name, signature[:4]))
        if key is None:
            continue
        if not key.has_signed(text, signature[4:]):
            raise NoteInvalid("a known key's signature fails")
        is_signed = True
    if not is_signed:
        raise NoteInvalid("not signed by a known key")
    return text


def signatures_of(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """A note's text, and of each line below the signer's name and the key's ID with the signature; `NoteInvalid`.

    Nothing of it is verified.
    """
    _refuse_malformed(note)
    text, gap, signatures = note.rpartition("\n\n")
    lines = signatures.split("\n")[:-1]
    if not gap or not 0 < len(lines) <= MOST_SIGNATURES:
        raise NoteInvalid("no text with signatures after it")
    return f"{text}\n", list(map(_signature, lines))


def with_lines(note: str, lines: Iterable[str]) -> str:
    """A note with further lines of signatures, which end in newlines."""
    return note + "".join(lines)


def encoded(value: bytes) -> str:
    """Standard Base 64 (RFC 4648, section 4)."""
    return base64.b64encode(value).decode()


def decoded(text: str) -> bytes:
    """The bytes of standard Base 64 in its one spelling; `NoteInvalid` for any other."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if encoded(value) != text:
        raise NoteInvalid("not Base 64")
    return value


def _signature(line: str) -> tuple[str, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not _NAME.fullmatch(parts[1]):
        raise NoteInvalid("not a line of a signature")
    signature = decoded(parts[2])
    if len(signature) < 5:
        raise NoteInvalid("not a line of a signature")
    return parts[1], signature


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _refuse_malformed(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise NoteInvalid("not text of whole lines")
