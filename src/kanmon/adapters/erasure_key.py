"""The key that makes the code of a person who is erased: outside of the database, so that it alone names nobody."""

import base64
import hmac
import os
import secrets
from pathlib import Path

from kanmon.errors import UsageError
from kanmon.ids import MemberId
from kanmon.language import N_

_BYTES = 32
_CODE_BYTES = 20


class ErasureKeyFile:
    """A file that only its owner may read, with the key in hexadecimal digits; made at the first need."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: bytes | None = None

    def code_of(self, member: MemberId) -> str:
        """The member's code, always the same: 32 letters and digits that tell nothing of the member.

        Raises `UsageError` where the file holds something else than a key.
        """
        if self._known is None:
            self._known = self._key()
        digest = hmac.digest(self._known, member.encode(), "sha256")
        return base64.b32encode(digest[:_CODE_BYTES]).decode().lower()

    def _key(self) -> bytes:
        try:
            key = bytes.fromhex(self._path.read_text(encoding="ascii"))
        except FileNotFoundError:
            return self._make()
        except ValueError:
            key = b""
        if len(key) != _BYTES:
            raise UsageError(
                N_("%(file)s does not hold the key for erasures; put the right file there, from a backup perhaps"),
                file=self._path,
            )
        return key

    def _make(self) -> bytes:
        key = secrets.token_bytes(_BYTES)
        written = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        with open(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"{key.hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(written, self._path)
        except FileExistsError:  # another process was first
            return self._key()
        finally:
            written.unlink()
        return key
