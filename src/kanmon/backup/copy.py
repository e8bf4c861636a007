"""A finished backup: a folder whose `backup.json`, written last, names every file in it with size and SHA-256."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath, PurePosixPath
from types import UnionType
from typing import IO, Any

from kanmon.core.durable import copy, make_folder, replace, sync
from kanmon.core.errors import KanmonError
from kanmon.core.language import N_
from kanmon.core.settings import MARKER

NAME = "backup.json"
DATABASE = "database.dump"
LAKE = "lake"
FORMAT = 1
_ELSEWHERE = frozenset({"postgres", "lake-at", "keys", "checkpoints", "staging", "rejected", MARKER})
"""What of a workspace no backup holds: it is made anew, is kept apart, or is for whoever runs a load."""
_KEYS = ("ledger.key", "erasure.key")
_KINDS: Mapping[str, type | UnionType] = {
    "made_at": str, "version": str, "revision": str, "identity": str, "is_replay": bool, "entries": int,
    "checkpoint": str | None, "rows": dict, "files": list,
}  # fmt: skip


class BackupUnusable(KanmonError):
    """A folder is no backup, an unfinished or a damaged one, or one of a newer Kanmon: nothing was changed."""

    code = "BACKUP_UNUSABLE"


@dataclass(frozen=True)
class BackupFile:
    """One file of a backup, by its path in it."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Backup:
    """What a backup holds, and what the workspace was at the moment that it shows."""

    made_at: str
    """ISO 8601, by the machine's own clock."""
    version: str
    """Of the Kanmon that made it."""
    revision: str
    """Of the database's schema."""
    identity: str
    """Of the control plane."""
    is_replay: bool
    entries: int
    """Of the ledger."""
    checkpoint: str | None
    """The newest signed one; None before the first."""
    rows: Mapping[str, int]
    """Of each table of the database."""
    files: Sequence[BackupFile]

    def write(self, folder: Path) -> None:
        """Say that the backup is finished, once everything in it is on disk."""
        replace(folder / NAME, json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode(), private=True)

    @classmethod
    def read(cls, folder: Path) -> "Backup":
        """The backup in a folder; `BackupUnusable` where there is no finished one of a format that we know."""
        try:
            told = json.loads((folder / NAME).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BackupUnusable(
                N_(
                    "%(folder)s is no finished backup: %(name)s is missing, which is written last. Name a folder that "
                    "`kanmon backup` made"
                ),
                folder=folder,
                name=NAME,
            ) from None
        except (OSError, ValueError) as error:
            raise _unreadable(folder, error) from None
        if not isinstance(told, dict) or told.pop("format", None) != FORMAT:
            raise BackupUnusable(
                N_(
                    "%(folder)s was made by another version of Kanmon, which writes backups otherwise: restore it there"
                ),
                folder=folder,
            )
        try:
            _check_kinds(told)
            files = [BackupFile(file["path"], int(file["size"]), str(file["sha256"])) for file in told["files"]]
            _check_paths([file.path for file in files])
            return cls(**{**told, "files": files})
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable(folder, error) from None

    def check(self, folder: Path) -> None:
        """Read every file again; `BackupUnusable` with the first that is not what it was."""
        for file in self.files:
            path = folder / file.path
            if not path.is_file() or path.stat().st_size != file.size or _sha256(path) != file.sha256:
                raise BackupUnusable(
                    N_(
                        "%(path)s is not what was backed up: it is missing, cut off or changed. Nothing was restored; "
                        "use another backup"
                    ),
                    path=path,
                )


def copied(reading: IO[bytes], folder: Path, path: str) -> BackupFile:
    """Copy what is read to `path` in a folder, on disk when this returns; OSError where it fails."""
    target = folder / path
    make_folder(target.parent, private=True)
    return BackupFile(path, *copy(reading, target))


def described(folder: Path, path: str) -> BackupFile:
    """A file that was written into a backup by somebody else."""
    sync(folder / path)
    return BackupFile(path, (folder / path).stat().st_size, _sha256(folder / path))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_kept(path: PurePath) -> bool:
    """Whether a backup holds a file of this path in a workspace: no key, and nothing that is being written."""
    first = path.parts[0] if path.parts else MARKER
    return not (first in _ELSEWHERE or first.startswith(_KEYS) or any(part.startswith(".") for part in path.parts))


def _check_kinds(told: Mapping[str, Any]) -> None:
    """Raise `ValueError` with the first key whose value is of another kind than a backup writes."""
    for key, kind in _KINDS.items():
        if not isinstance(told.get(key), kind):
            raise ValueError(f"{key} is missing, or not what a backup writes there")
    if not all(isinstance(count, int) for count in told["rows"].values()):
        raise ValueError("rows are counts")


def _check_paths(paths: Sequence[str]) -> None:
    """Raise `ValueError` where these are not the paths of a whole backup, each once."""
    listed = [PurePosixPath(path) for path in paths]
    for path in listed:
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"{path} leads out of the folder")
        if not is_kept(path):
            raise ValueError(f"{path} is no file of a backup")
    if len(set(listed)) < len(listed):
        raise ValueError("a file is listed twice")
    if PurePosixPath(DATABASE) not in listed:
        raise ValueError(f"{DATABASE} is not among the files")


def _unreadable(folder: Path, error: Exception) -> BackupUnusable:
    return BackupUnusable(N_("%(file)s can't be read: %(reason)s"), file=folder / NAME, reason=error)
