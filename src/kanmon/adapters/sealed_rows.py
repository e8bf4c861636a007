"""Reports as they are kept: each person's score under a key of its own, so that one can be made unreadable for good.

A row keeps the client's own ID in clear and its values sealed with AES-256-GCM under a key that seals nothing else. The
keys of a report lie in one file, outside of the database and of the reports: an entry for each sealed row, a tag of 16
bytes that says whose it is and the 32 bytes of the key. A key is destroyed by zeros written over it, on disk when
`destroy` returns; then no copy of anything else opens the row, however old.
"""

import base64
import os
import secrets
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import TypeAdapter

from kanmon.adapters.durable import sync
from kanmon.ids import ApplicantId, ClientId, RunId
from kanmon.provision.report import Report

_REPORT = TypeAdapter(Report)
_TAG_BYTES = 16
_KEY_BYTES = 32
_ENTRY_BYTES = _TAG_BYTES + _KEY_BYTES
_DESTROYED = bytes(_KEY_BYTES)
# A key seals one row once, so that a nonce has nothing to tell apart.
_NONCE = bytes(12)
_NO_SCORE: Mapping[str, object] = {"score": None, "category": None}


class SealedRows:
    """Seals and opens reports; `root` is the folder of the keys."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def seal(self, report: Report) -> dict[str, Any]:
        """The report as JSON with its scores sealed, once its keys are on disk; sealed again, it has other keys."""
        stored: dict[str, Any] = _REPORT.dump_python(report, mode="json")
        scored = [row for row in stored["rows"] if row["score"] is not None]
        keys = secrets.token_bytes(_KEY_BYTES * len(scored))
        entries = bytearray()
        for number, row in enumerate(scored):
            key = keys[number * _KEY_BYTES : (number + 1) * _KEY_BYTES]
            tag = _tag(report.client_id, report.run_id, row["applicant_id"])
            values = f"{row.pop('score')} {row.pop('category') or ''}"
            row["sealed"] = base64.b64encode(AESGCM(key).encrypt(_NONCE, values.encode(), tag)).decode()
            entries += tag + key
        self._write(self._file(report.client_id, report.run_id), bytes(entries))
        return stored

    def open(self, stored: Mapping[str, Any], hidden: Collection[ApplicantId]) -> Report:
        """The report; who is hidden, or whose key is gone, has no score. Rows from before there were seals stay."""
        client, run = stored["client_id"], stored["run_id"]
        keys = self._keys(client, run)
        rows = [
            {"applicant_id": row["applicant_id"], **_NO_SCORE}
            if row["applicant_id"] in hidden
            else _opened(row, _tag(client, run, row["applicant_id"]), keys)
            if "sealed" in row
            else row
            for row in stored["rows"]
        ]
        return _REPORT.validate_python({**stored, "rows": rows})

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
        found = file.read_bytes() if file.exists() else b""
        return {tag: key for _, tag, key in _entries(found) if key != _DESTROYED}

    def _file(self, client: ClientId, run: RunId) -> Path:
        return self._root / client / f"{run}.keys"

    def _write(self, file: Path, entries: bytes) -> None:
        """Whole or not at all, for its owner alone."""
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        written = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        with open(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(entries)
            out.flush()
            os.fsync(out.fileno())
        os.replace(written, file)
        for folder in (file.parent, self._root):
            sync(folder)


def _opened(row: Mapping[str, Any], tag: bytes, keys: Mapping[bytes, bytes]) -> dict[str, Any]:
    key = keys.get(tag)
    if key is None:
        return {"applicant_id": row["applicant_id"], **_NO_SCORE}
    score, _, category = AESGCM(key).decrypt(_NONCE, base64.b64decode(row["sealed"]), tag).decode().partition(" ")
    return {"applicant_id": row["applicant_id"], "score": int(score), "category": category or None}


def _tag(client: str, run: str, applicant: str) -> bytes:
    """Whose key it is, and what the seal is bound to: a row moved to another place doesn't open there."""
    return sha256(f"{client}\0{run}\0{applicant}".encode()).digest()[:_TAG_BYTES]


def _entries(found: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    for place in range(0, len(found), _ENTRY_BYTES):
        entry = found[place : place + _ENTRY_BYTES]
        yield place, entry[:_TAG_BYTES], entry[_TAG_BYTES:]
