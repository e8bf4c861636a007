"""Where the files of a lake lie: in a folder of this machine, or under a prefix on object storage."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from pyarrow.fs import FileSelector, FileSystem, FileType, LocalFileSystem

from kanmon.core.durable import replace, sync
from kanmon.core.errors import LakeOutOfReach, UsageError
from kanmon.core.language import N_

_CHUNK_BYTES = 1 << 22


class Stamp(NamedTuple):
    """By which a file shows that it was written to: bytes, and nanoseconds since 1970."""

    size: int
    changed_at: int


class Storage(Protocol):
    """A flat place for files by name; each file and each replacement is whole or isn't there."""

    place: str
    """As people are told of it: without any secret."""
    filesystem: FileSystem

    def inside(self, name: str) -> str:
        """The path of a file as `filesystem` takes it."""

    def readable(self, name: str) -> str:
        """The path of a file as a DuckDB connection takes it that `connection.opened` made."""

    def check(self) -> None:
        """`LakeOutOfReach` where there is nothing that could hold files."""

    def prepare(self) -> None:
        """Make the place ready for files."""

    def read(self, name: str) -> bytes | None:
        """The content of a file; None where it isn't."""

    def keep(self, names: Sequence[str]) -> None:
        """Return once these files, just written, outlive a loss of power."""

    def replace(self, name: str, content: bytes) -> None:
        """Put a small file in the place of the one before, in one step that lasts."""

    def names(self) -> Sequence[str]:
        """The Parquet files that lie here."""

    def stamps(self, names: Sequence[str]) -> list[Stamp | None]:
        """The stamp of each file; None where it isn't."""

    def sha256(self, name: str) -> str:
        """The SHA-256 of a file, read through; OSError where the disk doesn't give it."""

    def delete(self, name: str) -> None:
        """Delete a file; nothing happens where it isn't."""


class LocalStorage:
    """A folder of this machine; see `Storage`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.place = str(root)
        self.filesystem: FileSystem = LocalFileSystem()

    def inside(self, name: str) -> str:
        """See `Storage`."""
        return str(self.root / name)

    readable = inside

    def check(self) -> None:
        """Nothing: a folder is made when it is needed."""

    def prepare(self) -> None:
        """See `Storage`."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def read(self, name: str) -> bytes | None:
        """See `Storage`."""
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None

    def keep(self, names: Sequence[str]) -> None:
        """See `Storage`."""
        for name in names:
            sync(self.root / name)

    def replace(self, name: str, content: bytes) -> None:
        """See `Storage`; what a killed writer, of which there is one at a time, left beside it is deleted."""
        for leftover in self.root.glob(f".{name}.*.partial"):
            leftover.unlink()
        replace(self.root / name, content)

    def names(self) -> Sequence[str]:
        """See `Storage`."""
        return [path.name for path in self.root.glob("*.parquet") if path.is_file()]

    def stamps(self, names: Sequence[str]) -> list[Stamp | None]:
        """See `Storage`."""
        return [_stamp(self.root / name) for name in names]

    def sha256(self, name: str) -> str:
        """See `Storage`."""
        with (self.root / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def delete(self, name: str) -> None:
        """See `Storage`."""
        (self.root / name).unlink(missing_ok=True)


class ObjectStorage:
    """A prefix on object storage; see `Storage`.

    An object is whole from the moment at which its upload is answered, and lasts from then on: what was killed before
    is no object.
    """

    def __init__(self, filesystem: FileSystem, prefix: str) -> None:
        self.filesystem = filesystem
        self._prefix = prefix.rstrip("/")
        self.place = f"{filesystem.type_name}://{self._prefix}"

    def inside(self, name: str) -> str:
        """See `Storage`."""
        return f"{self._prefix}/{name}"

    def readable(self, name: str) -> str:
        """See `Storage`."""
        return f"{self.place}/{name}"

    def check(self) -> None:
        """See `Storage`."""
        bucket = self._prefix.split("/")[0]
        with self._reached():
            if self.filesystem.get_file_info(bucket).type == FileType.NotFound:
                raise FileNotFoundError(f"there is no bucket {bucket}")

    def prepare(self) -> None:
        """Nothing: a prefix is there as soon as an object is."""

    def read(self, name: str) -> bytes | None:
        """See `Storage`."""
        with self._reached():
            try:
                with self.filesystem.open_input_stream(self.inside(name), compression=None) as stream:
                    return bytes(stream.read())
            except FileNotFoundError:
                return None

    def keep(self, names: Sequence[str]) -> None:
        """Nothing: what was uploaded lasts."""

    def replace(self, name: str, content: bytes) -> None:
        """See `Storage`."""
        with self._reached(), self.filesystem.open_output_stream(self.inside(name), compression=None) as stream:
            stream.write(content)

    def names(self) -> Sequence[str]:
        """See `Storage`."""
        with self._reached():
            found = self.filesystem.get_file_info(FileSelector(self._prefix, allow_not_found=True))
        return [one.base_name for one in found if one.type == FileType.File and one.extension == "parquet"]

    def stamps(self, names: Sequence[str]) -> list[Stamp | None]:
        """See `Storage`."""
        with self._reached():
            found = self.filesystem.get_file_info([self.inside(name) for name in names]) if names else []
        return [Stamp(one.size, one.mtime_ns) if one.type == FileType.File else None for one in found]

    def sha256(self, name: str) -> str:
        """See `Storage`."""
        digest = hashlib.sha256()
        with self._reached(), self.filesystem.open_input_stream(self.inside(name), compression=None) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
        return digest.hexdigest()

    def delete(self, name: str) -> None:
        """See `Storage`."""
        with self._reached(), suppress(FileNotFoundError):
            self.filesystem.delete_file(self.inside(name))

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise out_of_reach(self.place, error) from error


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Stamp(status.st_size, status.st_mtime_ns) if path.is_file() else None


def storage_at(place: Path | str) -> Storage:
    """The storage at a folder or a URI as `pyarrow.fs.FileSystem.from_uri` takes it; `UsageError` where it is none."""
    if isinstance(place, Path) or "://" not in place:
        return LocalStorage(Path(place))
    try:
        filesystem, path = FileSystem.from_uri(place)
    except ValueError:  # told without the address, which may hold a secret
        raise UsageError(N_("KANMON_LAKE is no address that can be used: see docs/object-storage.md")) from None
    except OSError as error:
        asked = urlsplit(place)
        raise out_of_reach(f"{asked.scheme}://{asked.hostname}{asked.path}", error) from error
    return LocalStorage(Path(path)) if filesystem.type_name == "local" else ObjectStorage(filesystem, path)


def out_of_reach(place: str, error: Exception) -> LakeOutOfReach:
    """What a person is told of a storage that refused or didn't answer."""
    return LakeOutOfReach(
        N_(
            "the lake at %(place)s can't be reached; the lake is whole: check the address, the credentials and the "
            "network, and run the command again (%(reason)s)"
        ),
        place=place,
        reason=str(error).splitlines()[0],
    )
