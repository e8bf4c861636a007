"""Which files the lake consists of: one small JSON file, swapped whole.

A change writes its new files first, then swaps the manifest, then deletes what is no longer named. Whoever reads, and
whatever happens in between, sees one whole lake; files that no manifest names are swept by the next change.
"""

import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from kanmon.adapters.durable import sync
from kanmon.errors import DiskFull
from kanmon.language import N_

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class LakeFile:
    """One Parquet file; for events also which bucket it holds (None: all) and the times it spans."""

    name: str
    rows: int
    bucket: int | None = None
    first_t: int = 0
    last_t: int = 0


Manifest = Mapping[str, tuple[LakeFile, ...]]
"""The files of each table."""


class LakeFolder:
    """The folder of a lake."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def manifest(self) -> Manifest:
        """The files in force; empty where nothing was loaded yet."""
        try:
            found = json.loads((self.root / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return {table: tuple(LakeFile(**file) for file in files) for table, files in found["tables"].items()}

    def path(self, file: LakeFile) -> Path:
        """Where a file lies."""
        return self.root / file.name

    def paths(self, table: str) -> list[str]:
        """Where all files of a table lie."""
        return [str(self.path(file)) for file in self.manifest().get(table, ())]

    def new_name(self, table: str) -> str:
        """A name that no file has yet."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        return f"{table}-{secrets.token_hex(8)}.parquet"

    @property
    def spill(self) -> Path:
        """Where a command puts what memory can't hold."""
        return self.root / ".spill"

    def fresh_spill(self) -> Path:
        """Where a command puts what memory can't hold; what a killed one left there is deleted."""
        shutil.rmtree(self.spill, ignore_errors=True)
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self.spill

    def swap(self, changed: Mapping[str, Sequence[LakeFile]]) -> None:
        """Put the files of some tables in force, then delete every file that is no longer named."""
        tables = {**self.manifest(), **{table: tuple(files) for table, files in changed.items()}}
        for files in changed.values():
            for file in files:
                sync(self.path(file))
        written = self.root / f".{MANIFEST}"
        content = {"tables": {table: [asdict(file) for file in files] for table, files in tables.items()}}
        written.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        sync(written)
        os.replace(written, self.root / MANIFEST)
        sync(self.root)
        self.sweep()

    def sweep(self) -> None:
        """Delete files that no manifest names: what an interrupted change left behind."""
        named = {file.name for files in self.manifest().values() for file in files}
        for path in self.root.glob("*.parquet"):
            if path.name not in named:
                path.unlink(missing_ok=True)


@contextmanager
def full_disk_told(folder: LakeFolder) -> Iterator[None]:
    """Turn a disk without room into `DiskFull`; what was half-written is swept, what was there before is whole."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        if not is_full and not any(words in str(error) for words in ("No space left", "File too large")):
            raise
        folder.sweep()
        raise DiskFull(
            N_(
                "no room was left to write the lake in %(folder)s; nothing of this step was kept and the lake is as it "
                "was: free some space and run the command again"
            ),
            folder=folder.root,
        ) from error
