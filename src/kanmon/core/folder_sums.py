"""What the files of a finished folder are known again by: reports that were handed over, and model cards.

The sums of `reports/C1/RUN` lie in `sums/reports/C1/RUN.json`, outside of the folder that goes to somebody.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from kanmon.core.durable import make_folder, replace
from kanmon.core.errors import KanmonError
from kanmon.core.language import N_


class FileDamaged(KanmonError):
    """A file that was finished is gone, cut, or holds other bytes."""

    code = "FILE_DAMAGED"


class FolderSums:
    """Remembers the files of folders inside `base`, which is a workspace."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._root = base / "sums"

    def keep(self, folder: Path) -> None:
        """Remember the files of a folder as they are now."""
        file = self._file(folder)
        make_folder(file.parent, private=True)
        replace(file, (json.dumps(_sums(folder), indent=1) + "\n").encode(), private=True)

    def forget(self, folder: Path) -> None:
        """Remember nothing of a folder, which is about to change."""
        self._file(folder).unlink(missing_ok=True)

    def folders(self) -> Iterator[Path]:
        """The folders that are remembered, in order."""
        for file in sorted(self._root.rglob("*.json")):
            yield self._base / file.relative_to(self._root).with_suffix("")

    def damage(self, folder: Path) -> list[FileDamaged]:
        """What is wrong with a folder that is remembered; nothing with another one."""
        try:
            kept: Mapping[str, str] = json.loads(self._file(folder).read_bytes())
            names = sorted(kept)
        except FileNotFoundError:
            return []
        except (ValueError, TypeError):
            return [_damaged(self._file(folder))]
        found = _sums(folder) if folder.is_dir() else {}
        return [_damaged(folder / name) for name in names if found.get(name) != kept[name]]

    def check(self, folder: Path) -> None:
        """Raise the first `damage` of a folder."""
        for fault in self.damage(folder):
            raise fault

    def _file(self, folder: Path) -> Path:
        relative = folder.resolve().relative_to(self._base.resolve())
        return self._root / relative.with_name(f"{relative.name}.json")


def _sums(folder: Path) -> dict[str, str]:
    return {path.name: _sum(path) for path in sorted(folder.iterdir()) if path.is_file()}


def _sum(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return error.strerror or type(error).__name__


def _damaged(file: Path) -> FileDamaged:
    return FileDamaged(
        N_(
            "%(file)s is gone, cut, or holds other bytes than were written: don't hand it on. Bring it back from a "
            "backup of the workspace; the database holds what it was made from, and clients read their reports there"
        ),
        file=file,
    )
