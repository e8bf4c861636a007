"""The ledger's private key in a file of its own, which names the log as well."""

import os
import secrets
from pathlib import Path

from kanmon.errors import UsageError
from kanmon.language import N_
from kanmon.ledger.note import NoteInvalid, SigningKey


class LedgerKeyFile:
    """A file that only its owner may read, with one line: the key as signed notes spell private keys."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def key(self) -> SigningKey:
        """The key; made at the first need, together with a name that no other log has.

        Raises `UsageError` where the file holds something else.
        """
        try:
            return SigningKey.parse(self._path.read_text(encoding="utf-8").removesuffix("\n"))
        except FileNotFoundError:
            return self._make()
        except (NoteInvalid, UnicodeDecodeError):
            raise UsageError(
                N_("%(file)s does not hold the ledger's key; put the right file there, from a backup perhaps"),
                file=self._path,
            ) from None

    def _make(self) -> SigningKey:
        key = SigningKey.generate(f"kanmon/{secrets.token_hex(8)}")
        written = self._path.with_name(f".{self._path.name}")
        written.unlink(missing_ok=True)
        with open(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{key}\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(written, self._path)
        return key
