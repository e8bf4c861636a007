"""The key that makes the code of a person who is erased: outside of the database, so that it alone names nobody."""

import base64
import hmac
import secrets
from hashlib import sha256
from pathlib import Path

from kanmon.core.durable import make_once
from kanmon.core.errors import UsageError
from kanmon.core.ids import MemberId
from kanmon.core.language import N_
from kanmon.db.kept_keys import KeyKind, KeyMemory, OwnMemory
from kanmon.ledger.faults import ErasureKeyMissing

SETTING = "KANMON_ERASURE_KEY"
_BYTES = 32
_CODE_BYTES = 20


class ErasureKeyFile:
    """A file that only its owner may read, with the key in hexadecimal digits; made at the first need."""

    def __init__(self, path: Path, memory: KeyMemory | None = None) -> None:
        self._path = path
        self._memory = memory or OwnMemory()
        self._known: bytes | None = None

    def code_of(self, member: MemberId) -> str:
        """The member's code, always the same: 32 letters and digits that tell nothing of the member.

        Raises `UsageError` where the file holds something else than a key, `ErasureKeyMissing` where codes were made
        with a key and this is not it.
        """
        digest = hmac.digest(self.key(), member.encode(), "sha256")
        return base64.b32encode(digest[:_CODE_BYTES]).decode().lower()

    def key(self) -> bytes:
        """The key itself; raises as `code_of` does."""
        if self._known is None:
            self._known = self._checked()
        return self._known

    def check(self) -> None:
        """Raise as `code_of` does where a key that there must be is missing; make none."""
        if self._path.exists() or self._is_expected():
            self.key()

    def _checked(self) -> bytes:
        if not self._path.exists():
            if self._is_expected():
                raise self._missing()
            make_once(self._path, f"{secrets.token_bytes(_BYTES).hex()}\n".encode())
        key = self._read()
        fingerprint = sha256(b"kanmon erasure key" + key).hexdigest()
        known = self._memory.known(KeyKind.ERASURE)
        if known is None and self._memory.note(KeyKind.ERASURE, fingerprint):
            return key
        if fingerprint != (known or self._memory.known(KeyKind.ERASURE)):
            raise self._missing()
        return key

    def _is_expected(self) -> bool:
        return self._memory.known(KeyKind.ERASURE) is not None or self._memory.was_used(KeyKind.ERASURE)

    def _read(self) -> bytes:
        try:
            key = bytes.fromhex(self._path.read_text(encoding="ascii"))
        except ValueError:
            key = b""
        if len(key) != _BYTES:
            raise UsageError(
                N_("%(file)s does not hold the key for erasures; put the right file there, from a backup perhaps"),
                file=self._path,
            )
        return key

    def _missing(self) -> ErasureKeyMissing:
        return ErasureKeyMissing(
            N_(
                "the key for erasures is missing, or another one lies in its place: %(file)s. Only with it are people "
                "who were erased known again, so that no folder brings them back. Bring that file back from a backup "
                "of the workspace, or set %(setting)s to where it lies; nothing was loaded. It can't be given up: "
                "docs/keys.md says what to do where no copy is left"
            ),
            file=self._path,
            setting=SETTING,
        )
