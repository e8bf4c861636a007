"""The one way by which files are written that somebody was told of: whole or not at all, and there after a power cut.

A file is on disk before it gets its name, and its name is on disk before this returns. A check of the house lets nobody
else write a file, but for what is thrown away.
"""

import hashlib
import os
import secrets
import shutil
from pathlib import Path
from typing import IO

_CHUNK_BYTES = 1 << 22


def replace(path: Path, content: bytes, *, private: bool = False) -> None:
    """Put a small file in the place of the one before; `private`: for its owner alone.

    What is no file, such as a terminal, is written to.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    written = _beside(path)
    try:
        _write(written, content, private=private)
        keep(written, path)
    finally:
        written.unlink(missing_ok=True)


def make_once(path: Path, content: bytes) -> bool:
    """Make a file for its owner alone; False where there was one already, which stays."""
    make_folder(path.parent, private=True)
    written = _beside(path)
    try:
        _write(written, content, private=True)
        sync(written)
        os.link(written, path)
    except FileExistsError:
        return False
    finally:
        written.unlink(missing_ok=True)
    sync(path.parent)
    return True


def copy(reading: IO[bytes], path: Path) -> tuple[int, str]:
    """Copy what is read into a new file for its owner alone; its size and SHA-256. OSError where either fails."""
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as writing:
        os.fchmod(writing.fileno(), 0o600)
        while chunk := reading.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += writing.write(chunk)
    sync(path)
    return size, digest.hexdigest()


def keep(written: Path, path: Path) -> None:
    """Put a file that was written beside it in the place of `path`."""
    sync(written)
    os.replace(written, path)
    sync(path.parent)


def put_folder(partial: Path, folder: Path) -> None:
    """Put a folder that was filled beside it in the place of `folder`, with everything in it.

    Cut off, it leaves the old folder or the new one or, for a moment, none; never a part.
    """
    for path in partial.rglob("*"):
        sync(path)
    sync(partial)
    old = _beside(folder)
    if folder.exists():
        os.rename(folder, old)
    os.rename(partial, folder)
    sync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def rename_folder(made: Path, folder: Path) -> None:
    """Give a folder whose files are on disk its name, which nothing has yet."""
    sync(made)
    os.rename(made, folder)
    sync(folder.parent)


def make_folder(folder: Path, *, private: bool = False) -> None:
    """Make a folder and those above it where they are missing."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700 if private else 0o777)
    for one in missing:
        sync(one.parent)


def lock_file(path: Path) -> IO[str]:
    """A file to be locked; what is in it is nothing."""
    return path.open("w", encoding="utf-8")


def sync(path: Path) -> None:
    """Return once a file's bytes, or a folder's entries, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(path: Path, content: bytes, *, private: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
    with open(descriptor, "wb") as file:
        file.write(content)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
