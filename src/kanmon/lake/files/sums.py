"""Whether the files of a lake are those that were written: by the size and SHA-256 that its manifest names.

A file is read through once in a process, and again where its size or its time of change is another one.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol

from kanmon.core.errors import LakeDamaged
from kanmon.core.language import N_
from kanmon.lake.files.storage import Stamp, Storage

_THREADS = 4
"""Files read at a time; hashing lets other threads work."""


class Checksum(NamedTuple):
    """What a file is known again by."""

    size: int
    sha256: str


class ManifestFile(Protocol):
    """A file as the manifest names it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def rows(self) -> int:
        """How many rows it holds."""

    @property
    def checksum(self) -> Checksum | None:
        """None for one that was written before there were checksums."""


_read: dict[tuple[str, str], tuple[Stamp, str]] = {}
"""The SHA-256 of each file that this process has read, by the place of its lake and its name."""


def checksums(storage: Storage, names: Sequence[str]) -> list[Checksum | None]:
    """The checksum of each file; None where there is none of that name. `LakeOutOfReach`, and OSError of a disk."""
    stamps = storage.stamps(names)
    unread = [
        name
        for name, stamp in zip(names, stamps, strict=True)
        if stamp is not None and _read.get((storage.place, name), (None, ""))[0] != stamp
    ]
    if unread:
        with ThreadPoolExecutor(min(_THREADS, len(unread))) as threads:
            for name, sha256 in zip(unread, threads.map(storage.sha256, unread), strict=True):
                _read[storage.place, name] = (stamps[names.index(name)] or Stamp(0, 0), sha256)
    return [
        None if stamp is None else Checksum(stamp.size, _read[storage.place, name][1])
        for name, stamp in zip(names, stamps, strict=True)
    ]


def damage(storage: Storage, files: Sequence[ManifestFile], *, by_size: bool = False) -> list[LakeDamaged]:
    """What is wrong with files: those that are gone, cut, or hold other bytes than were written.

    `by_size`: their bytes are not read.
    """
    summed = [file for file in files if file.checksum is not None]
    unsummed = [file for file in files if file.checksum is None]
    names = [file.name for file in summed]
    stamps = dict(zip(names, storage.stamps(names), strict=True))
    # A file of another size need not be read.
    whole = [
        file for file in summed if (stamp := stamps[file.name]) and file.checksum and stamp.size == file.checksum[0]
    ]
    sums = [file.checksum for file in whole] if by_size else _tried(storage, whole)
    found = dict(zip((file.name for file in whole), sums, strict=True))
    faults = [_fault(storage, file, stamps[file.name], found.get(file.name)) for file in summed]
    there = storage.stamps([file.name for file in unsummed])
    faults += [_gone(storage, file) for file, stamp in zip(unsummed, there, strict=True) if stamp is None]
    return [fault for fault in faults if fault is not None]


def check(storage: Storage, files: Sequence[ManifestFile]) -> None:
    """Raise the first `damage` of these files."""
    for fault in damage(storage, files):
        raise fault


def _tried(storage: Storage, files: Sequence[ManifestFile]) -> list[Checksum | None]:
    """As `checksums`, but for files that the disk doesn't give."""
    names = [file.name for file in files]
    try:
        return checksums(storage, names)
    except OSError:
        if len(files) == 1:
            return [None]
        return [one for file in files for one in _tried(storage, [file])]


def _fault(storage: Storage, file: ManifestFile, stamp: Stamp | None, found: Checksum | None) -> LakeDamaged | None:
    if stamp is None:
        return _gone(storage, file)
    if file.checksum is not None and stamp.size != file.checksum.size:
        return LakeDamaged(
            N_(
                "%(file)s in the lake %(place)s has %(size)s bytes, and %(written)s were written; %(rows)s rows are in "
                "doubt. Nothing is computed or provided from it. Bring this file back from a copy of the lake or, if "
                "it holds events or logins, load the folder that brought it again, as docs/damage.md says"
            ),
            file=file.name,
            place=storage.place,
            size=stamp.size,
            written=file.checksum.size,
            rows=file.rows,
        )
    if found == file.checksum:
        return None
    return LakeDamaged(
        N_(
            "%(file)s in the lake %(place)s can't be read, or holds other bytes than were written; %(rows)s rows are "
            "in doubt. Nothing is computed or provided from it. Bring this file back from a copy of the lake or, if it "
            "holds events or logins, load the folder that brought it again, as docs/damage.md says"
        ),
        file=file.name,
        place=storage.place,
        rows=file.rows,
    )


def _gone(storage: Storage, file: ManifestFile) -> LakeDamaged:
    return LakeDamaged(
        N_(
            "%(file)s is missing in the lake %(place)s, and %(rows)s rows with it. Nothing is computed or provided "
            "without it. Bring this file back from a copy of the lake or, if it holds events or logins, load the "
            "folder that brought it again, as docs/damage.md says"
        ),
        file=file.name,
        place=storage.place,
        rows=file.rows,
    )
