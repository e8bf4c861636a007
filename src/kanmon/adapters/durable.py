"""What has to be on disk before a step counts."""

import os
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Put a small file in the place of the one before: whole or not at all, and on disk when this returns."""
    written = path.with_name(f".{path.name}")
    written.write_bytes(content)
    sync(written)
    os.replace(written, path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Return once a file's bytes, or a folder's entries, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
