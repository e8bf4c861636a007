"""What `kanmon compact` prints with `--json`."""

from collections.abc import Mapping

from typing_extensions import TypedDict


class CompactionResult(TypedDict):
    """What the lake is made of after merging."""

    completed: int
    """Files that have their checksums now."""
    files: Mapping[str, int]
    """How many files each table has."""
