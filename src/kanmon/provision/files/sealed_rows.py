"""Reports as they are kept: each person's score under a key of its own, so that one can be made unreadable for good.

A row keeps the client's own ID in clear and its values sealed with AES-256-GCM under a key that seals nothing else. The
keys of a report lie in one file, outside of the database and of the reports: an entry for each sealed row, a tag of 16
bytes that says whose it is and the 32 bytes of the key. A key is destroyed by zeros written over it, on disk when
`destroy` returns; then no copy of anything else opens the row, however old. The entry stays, so that a key that was
destroyed and one that was lost are two things. The password of an encrypted report is made of a key of its own there,
and stands nowhere else. The folder's own file `identity` tells a folder that was lost from one
that was never there.
"""

import base64
import json
import os
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import TypeAdapter

from kanmon.core.durable import make_folder, make_once, replace
from kanmon.core.ids import ApplicantId, ClientId, RunId
from kanmon.core.language import N_
from kanmon.db.kept_keys import KeyKind, KeyMemory, OwnMemory
from kanmon.ledger.faults import RowKeysMissing
from kanmon.provision.report import Report, ReportRow

SETTING = "KANMON_ROW_KEYS"


@cache
def _report() -> TypeAdapter[Report]:
    return TypeAdapter(Report)


_IDENTITY = "identity"
_TAG_BYTES = 16
_KEY_BYTES = 32
_ENTRY_BYTES = _TAG_BYTES + _KEY_BYTES
_DESTROYED = bytes(_KEY_BYTES)
# A key seals one row once, so that a nonce has nothing to tell apart.
_NONCE = bytes(12)
_NO_SCORE: Mapping[str, object] = {field.name: None for field in fields(ReportRow) if field.name != "applicant_id"}
"""All that a row holds beside the client's own ID, and that is sealed, where nothing is told."""


class SealedRows:
    """Seals and opens reports; `root` is the folder of the keys."""

    def __init__(self, root: Path, memory: KeyMemory | None = None) -> None:
        self._root = root
        self._memory = memory or OwnMemory()

    def check(self) -> None:
        """`RowKeysMissing` where the folder with the keys of kept reports was lost, or another one is there."""
        known = self._memory.known(KeyKind.ROWS)
        if known is not None and self._identity() != known:
            raise self._missing(self._root)

    def seal(self, report: Report) -> dict[str, Any]:
        """The report as JSON with its scores sealed, once its keys are on disk; sealed again, it has other keys.

        `RowKeysMissing` as `check`.
        """
        self._claim()
        stored: dict[str, Any] = _report().dump_python(report, mode="json")
        scored = [row for row in stored["rows"] if row["score"] is not None]
        keys = secrets.token_bytes(_KEY_BYTES * len(scored))
        entries = bytearray()
        del stored["password"]
        if report.is_encrypted:
            entries += _password_tag(report.client_id, report.run_id) + secrets.token_bytes(_KEY_BYTES)
        for number, row in enumerate(scored):
            key = keys[number * _KEY_BYTES : (number + 1) * _KEY_BYTES]
            tag = _tag(report.client_id, report.run_id, row["applicant_id"])
            values = json.dumps({name: row.pop(name) for name in _NO_SCORE}, ensure_ascii=False)
            row["sealed"] = base64.b64encode(AESGCM(key).encrypt(_NONCE, values.encode(), tag)).decode()
            entries += tag + key
        self._write(self._file(report.client_id, report.run_id), bytes(entries))
        return stored

    def open(self, stored: Mapping[str, Any], hidden: Collection[ApplicantId]) -> Report:
        """The report; who is hidden, or whose key was destroyed, has no score. Rows from before there were seals stay.

        `RowKeysMissing` where a key was lost: that nobody has a score would not be true.
        """
        client, run = stored["client_id"], stored["run_id"]
        keys = self._keys(client, run)
        rows = []
        for row in stored["rows"]:
            tag = _tag(client, run, row["applicant_id"])
            if row["applicant_id"] in hidden:
                rows.append({"applicant_id": row["applicant_id"], **_NO_SCORE})
            elif "sealed" not in row:
                rows.append(row)
            elif tag in keys:
                rows.append(_opened(row, tag, keys[tag]))
            else:
                raise self._missing(self._file(client, run))
        return _report().validate_python({**stored, "rows": rows, "password": self._password(stored, keys)})

    def password(self, stored: Mapping[str, Any]) -> str | None:
        """What opens the file of a kept report; None where it has none, or its key was destroyed. `RowKeysMissing`."""
        return self._password(stored, self._keys(stored["client_id"], stored["run_id"]))

    def _password(self, stored: Mapping[str, Any], keys: Mapping[bytes, bytes]) -> str | None:
        if not stored.get("is_encrypted"):
            return None
        client, run = stored["client_id"], stored["run_id"]
        key = keys.get(_password_tag(client, run))
        if key is None:
            raise self._missing(self._file(client, run))
        return None if key == _DESTROYED else _written_password(key)

    def destroy(self, client: ClientId, run: RunId, applicants: Collection[ApplicantId]) -> None:
        """Destroy the keys of these rows of a report; those that are gone, or never were, are no matter."""
        file = self._file(client, run)
        gone = {_tag(client, run, applicant) for applicant in applicants}
        if not file.exists():
            return
        places = [place for place, tag, key in _entries(file.read_bytes()) if tag in gone and key != _DESTROYED]
        if not places:
            return
        with file.open("r+b") as entries:
            for place in places:
                entries.seek(place + _TAG_BYTES)
                entries.write(_DESTROYED)
            entries.flush()
            os.fsync(entries.fileno())

    def _keys(self, client: ClientId, run: RunId) -> Mapping[bytes, bytes]:
        file = self._file(client, run)
        content = file.read_bytes() if file.exists() else b""
        return {tag: key for _, tag, key in _entries(content) if len(key) == _KEY_BYTES}

    def _claim(self) -> None:
        """See to it that the folder is the one whose loss would be noticed."""
        self.check()
        if self._identity() is None:
            make_once(self._root / _IDENTITY, f"{secrets.token_hex(16)}\n".encode())
        identity = self._identity()
        if self._memory.known(KeyKind.ROWS) is None and identity is not None:
            self._memory.note(KeyKind.ROWS, identity)
            self.check()

    def _identity(self) -> str | None:
        try:
            return (self._root / _IDENTITY).read_text(encoding="ascii", errors="replace").strip()
        except FileNotFoundError:
            return None

    def _missing(self, lost: Path) -> RowKeysMissing:
        return RowKeysMissing(
            N_(
                "keys of kept reports are missing: %(lost)s. Without them no score in those reports can be read, and "
                "whose key was destroyed can't be told from whose was lost. Bring the folder %(folder)s back from a "
                "backup of the workspace, or set %(setting)s to where it lies. They can't be given up: docs/keys.md "
                "says what to do where no copy is left"
            ),
            lost=lost,
            folder=self._root,
            setting=SETTING,
        )

    def _file(self, client: ClientId, run: RunId) -> Path:
        return self._root / client / f"{run}.keys"

    def _write(self, file: Path, entries: bytes) -> None:
        """Whole or not at all, for its owner alone."""
        make_folder(file.parent, private=True)
        replace(file, entries, private=True)


def _opened(row: Mapping[str, Any], tag: bytes, key: bytes) -> dict[str, Any]:
    if key == _DESTROYED:
        return {"applicant_id": row["applicant_id"], **_NO_SCORE}
    values = AESGCM(key).decrypt(_NONCE, base64.b64decode(row["sealed"]), tag).decode()
    return {"applicant_id": row["applicant_id"], **_NO_SCORE, **_values(values)}


def _values(written: str) -> dict[str, Any]:
    """The values of a row; earlier reports hold the score and the category with a space between them."""
    if written.startswith("{"):
        values: dict[str, Any] = json.loads(written)
        return values
    score, _, category = written.partition(" ")
    return {"score": int(score), "category": category or None}


def _tag(client: str, run: str, applicant: str) -> bytes:
    """Whose key it is, and what the seal is bound to: a row moved to another place doesn't open there."""
    return sha256(f"{client}\0{run}\0{applicant}".encode()).digest()[:_TAG_BYTES]


def _password_tag(client: str, run: str) -> bytes:
    """Whose key it is; no applicant's ID holds a control character."""
    return _tag(client, run, "\0password")


def _written_password(key: bytes) -> str:
    """140 bits of a key in letters and digits that nobody mistakes for each other, in groups of four."""
    letters = base64.b32encode(key).decode()[:28]
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))


def _entries(found: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    for place in range(0, len(found), _ENTRY_BYTES):
        entry = found[place : place + _ENTRY_BYTES]
        yield place, entry[:_TAG_BYTES], entry[_TAG_BYTES:]
