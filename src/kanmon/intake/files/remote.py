"""A dataset folder on object storage: copied beside the workspace for as long as it is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pyarrow.fs import FileSystem, FileType, LocalFileSystem, copy_files

from kanmon.core.errors import FolderUnreadable, UsageError
from kanmon.intake.files.remarks import gettext
from kanmon.intake.files.tables import disk_has_room

FETCHED = ".fetched-"
"""How the name of such a copy begins; one that a killed command left is deleted with the next erasure."""


def told_address(address: str) -> str:
    """An address as people are told of it: without what stands before an @ or behind a ?, where secrets stand."""
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"


@contextmanager
def local_folder(place: str, workspace: Path) -> Iterator[Path]:
    """The folder at a path, or a copy of the one at an address as `pyarrow.fs.FileSystem.from_uri` takes it.

    `UsageError` where it is no address, `FolderUnreadable` where nothing can be read there, `DiskFull` where the copy
    has no room. None tells the address beyond host and path, since it may hold a secret.
    """
    if "://" not in place:
        yield Path(place)
        return
    told = told_address(place)
    with TemporaryDirectory(prefix=FETCHED, dir=workspace) as copy:
        try:
            filesystem, path = FileSystem.from_uri(place)
            if filesystem.get_file_info(path).type is not FileType.Directory:
                raise FileNotFoundError("there is no such folder")
            with disk_has_room():
                copy_files(path, copy, filesystem, LocalFileSystem())
        except ValueError:
            raise UsageError(
                gettext("%(folder)s is no address that can be read: see docs/object-storage.md"), folder=told
            ) from None
        except OSError as error:
            raise FolderUnreadable(
                gettext("the folder %(folder)s can't be read: %(reason)s"),
                folder=told,
                reason=str(error).splitlines()[0],
            ) from None
        yield Path(copy)
