"""Files that a command hands to whoever gave it."""

from pathlib import Path

from kanmon.core.durable import make_folder, replace


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, on disk when this returns; its folder is made where it is missing."""
    make_folder(path.parent)
    replace(path, content)
