"""Which files the lake consists of: one small JSON file, swapped whole.

A change writes its new files first, then swaps the manifest, then deletes what is no longer named. Whoever reads, and
whatever happens in between, sees one whole lake; files that no manifest names are swept by the next change. A reader
that opens a file just after it was deleted begins again (`begun_again`).

Each change has the next number, its generation, and a name of its own, so that a lake that was put back from a copy is
not taken for the one that went on. Files of a generation hold nothing that came after it.

The manifest names the size and the SHA-256 of each file, and whoever asks for a file's path has it checked first
(`lake.sums`). Which manifest is in force is noted outside of the lake as well (`lake.note`): a lost, torn or older one
is `LakeDamaged`, never an empty lake.
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

from kanmon.core.errors import DiskFull, LakeDamaged, LakeOutOfReach
from kanmon.core.language import N_
from kanmon.lake.files.note import ManifestNote, ManifestRecord, NoNote, digest_of
from kanmon.lake.files.storage import LocalStorage, Storage, storage_at
from kanmon.lake.files.sums import Checksum, check, checksums, damage

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
    size: int | None = None
    sha256: str | None = None
    """Both None until the file is in force, and for one that was put in force before there were checksums."""

    @property
    def checksum(self) -> Checksum | None:
        """See `sums.Written`."""
        return None if self.size is None or self.sha256 is None else Checksum(self.size, self.sha256)

    def rewritten(self, name: str, rows: int) -> "LakeFile":
        """A file that is about to be written in this one's place."""
        return replace(self, name=name, rows=rows, size=None, sha256=None)


Manifest = Mapping[str, tuple[LakeFile, ...]]
"""The files of each table."""


class LakeFolder:
    """The files of a lake: a folder of this machine, or a prefix on object storage (`scheme://...`)."""

    def __init__(self, place: Path | str, spill: Path | None = None, note: ManifestNote | None = None) -> None:
        """`spill` is where commands put what memory can't hold: always on this machine, by default in the folder.

        `note` remembers which manifest is in force.
        """
        self._storage: Storage = storage_at(place)
        self._note = note or NoNote()
        self.spill = spill or _spill_of(self._storage)
        """Where a command puts what memory can't hold."""

    @classmethod
    def at(cls, lake: "LakeFolder | Path") -> "LakeFolder":
        """The lake itself, or the one at that place."""
        return lake if isinstance(lake, LakeFolder) else cls(lake)

    @property
    def storage(self) -> Storage:
        """What holds the files."""
        return self._storage

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
        """The files in force; empty where nothing was loaded yet. `LakeDamaged`."""
        return _tables(self._read()[0])

    def state(self) -> str:
        """The name of the newest change; `NO_CHANGE` where none is remembered."""
        return next(reversed([*_changes(self._read()[0])]), NO_CHANGE)

    def newer(self, state: str) -> Manifest | None:
        """The files with anything that came after a state; None where that state is not remembered."""
        read, _ = self._read()
        since = _changes(read).get(state)
        if since is None:
            return None
        return {
            table: tuple(file for file in files if file.generation is None or file.generation > since)
            for table, files in _tables(read).items()
        }

    def _read(self) -> tuple[Mapping[str, Any], bytes | None]:
        """What the manifest in force says, and its bytes; `LakeDamaged` where it is not the one that is noted."""
        while True:
            noted = self._note.noted()
            content = self._storage.read(MANIFEST)
            if noted is None or noted.names(content):
                return self._parsed(content), content
            if self._note.noted() == noted:  # else a change came into force meanwhile
                raise self._lost_manifest() if content is None else self._other_manifest()

    def _parsed(self, content: bytes | None) -> Mapping[str, Any]:
        if content is None:
            return {"tables": {}}
        try:
            read: Mapping[str, Any] = json.loads(content)
            _tables(read), _changes(read)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise self._other_manifest() from None
        return read

    def _lost_manifest(self) -> LakeDamaged:
        return LakeDamaged(
            N_(
                "%(file)s is missing in the lake %(place)s: without it nobody knows which of its files count. Nothing "
                "is computed or provided. Bring the lake back from a copy, as docs/damage.md says"
            ),
            file=MANIFEST,
            place=self.place,
        )

    def _other_manifest(self) -> LakeDamaged:
        return LakeDamaged(
            N_(
                "%(file)s in the lake %(place)s is torn, or not the one that was put in force last. Nothing is "
                "computed or provided. Bring the lake back from a copy, as docs/damage.md says"
            ),
            file=MANIFEST,
            place=self.place,
        )

    def path(self, file: LakeFile) -> str:
        """Where a file lies, for DuckDB; see `paths_of`."""
        return self.paths_of([file])[0]

    def paths_of(self, files: Sequence[LakeFile]) -> list[str]:
        """Where files lie, for DuckDB; those with a checksum are checked, others may be about to be written.

        `LakeDamaged`.
        """
        check(self._storage, [file for file in files if file.checksum is not None])
        return [self._storage.readable(file.name) for file in files]

    def paths(self, table: str) -> list[str]:
        """Where all files of a table lie, for DuckDB; checked. `LakeDamaged`."""
        files = self.manifest().get(table, ())
        check(self._storage, files)
        return [self._storage.readable(file.name) for file in files]

    def inside(self, table: str) -> list[str]:
        """Where all files of a table lie, for `filesystem`; checked. `LakeDamaged`."""
        files = self.manifest().get(table, ())
        check(self._storage, files)
        return [self._storage.inside(file.name) for file in files]

    def damage(self, *, by_size: bool = False) -> Sequence[LakeDamaged]:
        """Everything that is wrong with the files of the lake, each read through; `LakeDamaged` as `manifest`.

        `by_size`: they are not read.
        """
        while True:
            tables = self.manifest()
            files = [file for files in tables.values() for file in files]
            found = damage(self._storage, files, by_size=by_size)
            if not found or self.manifest() == tables:  # else a change came into force meanwhile
                return found

    def torn(self, table: str) -> tuple[LakeFile, ...]:
        """The files of a table that are lost, or hold other bytes than were written; `LakeDamaged` as `manifest`."""
        files = self.manifest().get(table, ())
        names = {fault.values["file"] for fault in damage(self._storage, files)}
        return tuple(file for file in files if file.name in names)

    def check_files(self) -> None:
        """`LakeDamaged` where any file is, whether or not it will be read: earlier scores rest on it.

        On object storage, which checks its own bytes, those that are not read are told by their size.
        """
        for fault in self.damage(by_size=self.is_remote):
            raise fault

    def unsummed(self) -> int:
        """How many files were put in force before there were checksums."""
        return sum(file.checksum is None for files in self.manifest().values() for file in files)

    def adopt(self) -> None:
        """Have the manifest in force noted where none ever was; `LakeDamaged` as `manifest`."""
        _, content = self._read()
        if content is not None and self._note.noted() is None:
            self._note.note(ManifestRecord(digest_of(content)))

    def accept(self) -> None:
        """Have the manifest that lies here noted, though another one is: the lake, or the database, is another copy."""
        content = self._storage.read(MANIFEST)
        if content is None:
            raise self._lost_manifest()
        self._parsed(content)
        self._note.note(ManifestRecord(digest_of(content)))

    def complete(self) -> int:
        """Give the files without checksum theirs; how many files."""
        read, content = self._read()
        tables = _tables(read)
        count = sum(file.checksum is None for files in tables.values() for file in files)
        if count:
            self._put(tables, tables, read.get("generation", 0), _changes(read), content)
        return count

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
        read, before = self._read()
        generation = read.get("generation", 0) + 1
        known = {} if forgets else dict(list(_changes(read).items())[1 - CHANGES_KNOWN :])
        stamped = {
            table: tuple(replace(file, generation=generation) if file.generation is None else file for file in files)
            for table, files in changed.items()
        }
        changes = {**known, secrets.token_hex(8): generation}
        self._put({**_tables(read), **stamped}, changed, generation, changes, before)

    def swap_merged(self, table: str, files: Sequence[LakeFile]) -> None:
        """Put other files of a table in force that hold just what its files held: no change."""
        read, before = self._read()
        tables = {**_tables(read), table: tuple(files)}
        self._put(tables, {table: files}, read.get("generation", 0), _changes(read), before)

    def _put(
        self,
        tables: Manifest,
        written: Mapping[str, Sequence[LakeFile]],
        generation: int,
        changes: Mapping[str, int],
        before: bytes | None,
    ) -> None:
        self._storage.keep([file.name for files in written.values() for file in files])
        said = {
            "generation": generation,
            "changes": changes,
            "tables": {
                table: [asdict(file) for file in (self._summed(files) if table in written else files)]
                for table, files in tables.items()
            },
        }
        content = (json.dumps(said, indent=1) + "\n").encode()
        self._note.note(ManifestRecord(digest_of(before), digest_of(content)))
        self._storage.replace(MANIFEST, content)
        self._note.note(ManifestRecord(digest_of(content)))
        self.sweep()

    def _summed(self, files: Sequence[LakeFile]) -> list[LakeFile]:
        """The files, each with its checksum; `LakeDamaged` where one was never written."""
        new = [file for file in files if file.checksum is None]
        found = dict(zip(new, checksums(self._storage, [file.name for file in new]), strict=True))
        check(self._storage, [file for file in new if found[file] is None])
        sums = {file: checksum for file, checksum in found.items() if checksum is not None}
        return [replace(file, **sums[file]._asdict()) if file in sums else file for file in files]

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


class LakeReader(Protocol):
    """Reads the files of a lake that others may change."""

    _folder: LakeFolder


R = TypeVar("R", bound=LakeReader)


def begun_again(read: Callable[Concatenate[R, P], T]) -> Callable[Concatenate[R, P], T]:
    """Let a method that reads the lake begin again where a file went because another manifest came into force."""

    @wraps(read)
    def reading(self: R, /, *arguments: P.args, **named: P.kwargs) -> T:
        while True:
            before = self._folder.manifest()
            try:
                return read(self, *arguments, **named)
            except (FileNotFoundError, LakeOutOfReach, LakeDamaged, duckdb.IOException):
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
