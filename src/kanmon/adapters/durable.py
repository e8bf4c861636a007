"""What has to be on disk before a step counts."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Return once a file's bytes, or a folder's entries, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
