"""Places outside of the database where the newest checkpoint lies: folders, and prefixes on object storage."""

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from pyarrow.fs import FileSelector, FileSystem, FileType

from kanmon.core.durable import lock_file, make_folder, replace
from kanmon.core.errors import UsageError
from kanmon.core.language import N_
from kanmon.core.workspace import Workspace

SETTING = "KANMON_CHECKPOINTS"


class CheckpointPlace(Protocol):
    """Small files by name, each whole or not there; every method raises `OSError` where the place can't be reached."""

    name: str
    """As people are told of it: without any secret."""
    is_needed: bool
    """Whether nothing is provided while it can't be reached."""

    def read(self, name: str) -> bytes | None:
        """The content of a file; None where it isn't."""

    def write(self, name: str, content: bytes) -> None:
        """Put a file there, in the place of one of that name; it lasts when this returns."""

    def delete(self, name: str) -> None:
        """Delete a file."""

    def names(self) -> Sequence[str]:
        """All files, sorted."""

    def alone(self) -> AbstractContextManager[None]:
        """Keep other processes of this machine from writing there until the block ends, where that can be."""


class FolderPlace:
    """A folder; see `CheckpointPlace`."""

    def __init__(self, root: Path, *, is_needed: bool = True) -> None:
        self._root = root
        self.name = str(root)
        self.is_needed = is_needed

    def read(self, name: str) -> bytes | None:
        """See `CheckpointPlace`."""
        try:
            return (self._root / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """See `CheckpointPlace`."""
        replace(self._root / name, content)

    def delete(self, name: str) -> None:
        """See `CheckpointPlace`."""
        (self._root / name).unlink()

    def names(self) -> Sequence[str]:
        """See `CheckpointPlace`."""
        if not self._root.exists():
            return []
        return sorted(path.name for path in self._root.iterdir() if not path.name.startswith("."))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """See `CheckpointPlace`."""
        make_folder(self._root, private=True)
        with lock_file(self._root / ".lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class ObjectPlace:
    """A prefix on object storage; see `CheckpointPlace`. Of two that write at once, one may win until the next."""

    is_needed = True

    def __init__(self, filesystem: FileSystem, prefix: str) -> None:
        self._filesystem = filesystem
        self._prefix = prefix.rstrip("/")
        self.name = f"{filesystem.type_name}://{self._prefix}"

    def read(self, name: str) -> bytes | None:
        """See `CheckpointPlace`."""
        try:
            with self._filesystem.open_input_stream(f"{self._prefix}/{name}", compression=None) as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """See `CheckpointPlace`."""
        with self._filesystem.open_output_stream(f"{self._prefix}/{name}", compression=None) as stream:
            stream.write(content)

    def delete(self, name: str) -> None:
        """See `CheckpointPlace`."""
        self._filesystem.delete_file(f"{self._prefix}/{name}")

    def names(self) -> Sequence[str]:
        """See `CheckpointPlace`."""
        listed = self._filesystem.get_file_info(FileSelector(self._prefix, allow_not_found=True))
        return sorted(info.base_name for info in listed if info.type == FileType.File)

    def alone(self) -> AbstractContextManager[None]:
        """See `CheckpointPlace`."""
        return nullcontext()


def places_of(workspace: Workspace, environ: Mapping[str, str], identity: str) -> list[CheckpointPlace]:
    """Where the newest checkpoint of a control plane lies.

    In the workspace, which a restored database leaves alone. And, since a restored workspace brings that back too,
    where KANMON_CHECKPOINTS says or else among the files that the user's programs remember, by the workspace's own
    path. The latter is missed by nobody where it can't be written.
    """
    places: list[CheckpointPlace] = [FolderPlace(workspace.root / "checkpoints" / identity)]
    setting = environ.get(SETTING)
    if setting:
        return [*places, _place_at(setting, identity)]
    with suppress(RuntimeError):
        own = sha256(os.fsencode(workspace.root.resolve())).hexdigest()[:16]
        places.append(FolderPlace(_remembered(environ) / own / identity, is_needed=False))
    return places


def remembered(environ: Mapping[str, str], identity: str) -> list[CheckpointPlace]:
    """What the user's programs remember of a control plane, under whatever path its workspace was."""
    with suppress(RuntimeError):
        return [FolderPlace(path) for path in sorted(_remembered(environ).glob(f"*/{identity}"))]
    return []


def _remembered(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "kanmon" / "checkpoints"


def _place_at(setting: str, identity: str) -> CheckpointPlace:
    if "://" not in setting:
        return FolderPlace(Path(setting) / identity)
    try:
        filesystem, path = FileSystem.from_uri(setting)
    except ValueError:  # told without the address, which may hold a secret
        scheme = urlsplit(setting).scheme
        raise UsageError(
            N_("%(setting)s is no address that can be used (%(scheme)s): name a folder, file:// or object storage"),
            setting=SETTING,
            scheme=scheme,
        ) from None
    if filesystem.type_name == "local":
        return FolderPlace(Path(path) / identity)
    return ObjectPlace(filesystem, f"{path.rstrip('/')}/{identity}")
