"""Which files the lake consists of: one small JSON file, swapped whole.

A change writes its new files first, then swaps the manifest, then deletes what is no longer named. Whoever reads, and
whatever happens in between, sees one whole lake; files that no manifest names are swept by the next change. A reader
that opens a file just after it was deleted begins again (`begun_again`).

Each change has the next number, its generation, and a name of its own, so that a lake that was put back from a copy is
not taken for the one that went on. Files of a generation hold nothing that came after it.
"""

import errno
import json
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import FileSystem

from kanmon.adapters.lake.storage import LocalStorage, Storage, storage_at
from kanmon.errors import DiskFull, LakeOutOfReach
from kanmon.language import N_

MANIFEST = "manifest.json"
CHANGES_KNOWN = 1_000
"""How many changes are remembered by name; before the oldest of them, anything may have changed."""
NO_CHANGE = ""
"""The name of a state before the first change that is remembered."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class LakeFile:
    """One Parquet file; for events also which bucket it holds (None: all) and the times it spans."""

    name: str
    rows: int
    bucket: int | None = None
    first_t: int = 0
    last_t: int = 0
    generation: int | None = None
    """Of the newest change that it holds anything of; None until the change that it is written for is in force."""


Manifest = Mapping[str, tuple[LakeFile, ...]]
"""The files of each table."""


class LakeFolder:
    """The files of a lake: a folder of this machine, or a prefix on object storage (`scheme://...`)."""

    def __init__(self, place: Path | str, spill: Path | None = None) -> None:
        """`spill` is where commands put what memory can't hold: always on this machine, by default in the folder."""
        self._storage = storage_at(place)
        self.spill = spill or _spill_of(self._storage)
        """Where a command puts what memory can't hold."""

    @classmethod
    def at(cls, lake: "LakeFolder | Path") -> "LakeFolder":
        """The lake itself, or the one at that place."""
        return lake if isinstance(lake, LakeFolder) else cls(lake)

    @property
    def place(self) -> str:
        """Where the lake lies, as people are told."""
        return self._storage.place

    @property
    def filesystem(self) -> FileSystem:
        """What reads and writes the paths of `inside`."""
        return self._storage.filesystem

    @property
    def is_remote(self) -> bool:
        """Whether DuckDB needs `filesystem` to read the paths."""
        return not isinstance(self._storage, LocalStorage)

    def check(self) -> None:
        """`LakeOutOfReach` where no lake could be."""
        self._storage.check()

    def manifest(self) -> Manifest:
        """The files in force; empty where nothing was loaded yet."""
        return _tables(self._read())

    def state(self) -> str:
        """The name of the newest change; `NO_CHANGE` where none is remembered."""
        return next(reversed([*_changes(self._read())]), NO_CHANGE)

    def newer(self, state: str) -> Manifest | None:
        """The files with anything that came after a state; None where that state is not remembered."""
        read = self._read()
        since = _changes(read).get(state)
        if since is None:
            return None
        return {
            table: tuple(file for file in files if file.generation is None or file.generation > since)
            for table, files in _tables(read).items()
        }

    def _read(self) -> Mapping[str, Any]:
        content = self._storage.read(MANIFEST)
        if content is None:
            return {"tables": {}}
        found: Mapping[str, Any] = json.loads(content)
        return found

    def path(self, file: LakeFile) -> str:
        """Where a file lies, for DuckDB."""
        return self._storage.readable(file.name)

    def paths(self, table: str) -> list[str]:
        """Where all files of a table lie, for DuckDB."""
        return [self.path(file) for file in self.manifest().get(table, ())]

    def inside(self, table: str) -> list[str]:
        """Where all files of a table lie, for `filesystem`."""
        return [self._storage.inside(file.name) for file in self.manifest().get(table, ())]

    def tables(self, table: str) -> list[pa.Table]:
        """What the files of a small table hold."""
        return [pq.read_table(path, filesystem=self.filesystem) for path in self.inside(table)]

    def measured(self, file: LakeFile) -> LakeFile:
        """A file of events, just written, with the rows it holds and the times it spans."""
        written = pq.read_metadata(self._storage.inside(file.name), filesystem=self.filesystem)
        place = written.schema.names.index("t")
        times = [written.row_group(group).column(place).statistics for group in range(written.num_row_groups)]
        first, last = min((one.min for one in times), default=0), max((one.max for one in times), default=0)
        return replace(file, rows=written.num_rows, first_t=first, last_t=last)

    def new_name(self, table: str) -> str:
        """A name that no file has yet."""
        self._storage.prepare()
        return f"{table}-{secrets.token_hex(8)}.parquet"

    def fresh_spill(self) -> Path:
        """Where a command puts what memory can't hold; what a killed one left there is deleted."""
        shutil.rmtree(self.spill, ignore_errors=True)
        self.spill.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self.spill

    def swap(self, changed: Mapping[str, Sequence[LakeFile]], *, forgets: bool = False) -> None:
        """Put the files of some tables in force as a change, then delete every file that is no longer named.

        With `forgets`, no earlier state is remembered: where rows were taken away, no file tells whose they were.
        """
        read = self._read()
        generation = read.get("generation", 0) + 1
        known = {} if forgets else dict(list(_changes(read).items())[1 - CHANGES_KNOWN :])
        stamped = {
            table: tuple(replace(file, generation=generation) if file.generation is None else file for file in files)
            for table, files in changed.items()
        }
        changes = {**known, secrets.token_hex(8): generation}
        self._put({**_tables(read), **stamped}, changed, generation, changes)

    def swap_merged(self, table: str, files: Sequence[LakeFile]) -> None:
        """Put other files of a table in force that hold just what its files held: no change."""
        read = self._read()
        self._put({**_tables(read), table: tuple(files)}, {table: files}, read.get("generation", 0), _changes(read))

    def _put(
        self,
        tables: Manifest,
        written: Mapping[str, Sequence[LakeFile]],
        generation: int,
        changes: Mapping[str, int],
    ) -> None:
        self._storage.keep([file.name for files in written.values() for file in files])
        content = {
            "generation": generation,
            "changes": changes,
            "tables": {table: [asdict(file) for file in files] for table, files in tables.items()},
        }
        self._storage.replace(MANIFEST, (json.dumps(content, indent=1) + "\n").encode())
        self.sweep()

    def sweep(self) -> None:
        """Delete files that no manifest names: what an interrupted change left behind."""
        named = {file.name for files in self.manifest().values() for file in files}
        for name in self._storage.names():
            if name not in named:
                self._storage.delete(name)


def _spill_of(storage: Storage) -> Path:
    if isinstance(storage, LocalStorage):
        return storage.root / ".spill"
    return Path(tempfile.gettempdir()) / f"kanmon-{secrets.token_hex(8)}" / "spill"


def _tables(read: Mapping[str, Any]) -> Manifest:
    return {
        table: tuple(LakeFile(**{"generation": 0, **file}) for file in files) for table, files in read["tables"].items()
    }


def _changes(read: Mapping[str, Any]) -> Mapping[str, int]:
    """The generation of each change that is remembered, oldest first."""
    found: Mapping[str, int] = read.get("changes", {})
    return found


class Reader(Protocol):
    """Reads the files of a lake that others may change."""

    _folder: LakeFolder


R = TypeVar("R", bound=Reader)


def begun_again(read: Callable[Concatenate[R, P], T]) -> Callable[Concatenate[R, P], T]:
    """Let a method that reads the lake begin again where a file went because another manifest came into force."""

    @wraps(read)
    def reading(self: R, /, *arguments: P.args, **named: P.kwargs) -> T:
        while True:
            before = self._folder.manifest()
            try:
                return read(self, *arguments, **named)
            except (FileNotFoundError, LakeOutOfReach, duckdb.IOException):
                if self._folder.manifest() == before:
                    raise

    return reading


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
            folder=folder.place,
        ) from error
