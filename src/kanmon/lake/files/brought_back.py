"""Whether a folder that is loaded again brings back what damaged files of the lake held: all of it, and nothing else.

The files can't be read, but the manifest says how many rows they held and, of events, when the first and the last were.
"""

from collections.abc import Collection
from typing import NamedTuple

from kanmon.core.errors import LakeDamaged
from kanmon.core.language import N_
from kanmon.lake.files.manifest import LakeFile


class Brought(NamedTuple):
    """What a folder has that the sound files of the lake lack."""

    rows: int
    first_t: int | None = None
    last_t: int | None = None
    """Of events, in ms since 1970; of logins, and where there are none, None."""
    replaced: int = 0
    """How many rows would take the place of others."""


def check_brought_back(place: str, torn: Collection[LakeFile], brought: Brought) -> None:
    """`LakeDamaged` where this is not what the files held: nobody knows then what would be missing."""
    rows = sum(file.rows for file in torn)
    span = (min(file.first_t for file in torn), max(file.last_t for file in torn))
    is_same_time = brought.first_t is None or (brought.first_t, brought.last_t) == span
    if brought.rows == rows and is_same_time and not brought.replaced:
        return
    raise LakeDamaged(
        N_(
            "%(file)s in the lake %(place)s is damaged, with %(rows)s rows, and this folder is not the one that "
            "brought them: it has %(new)s that the lake lacks. Load that folder again, or bring the file back from a "
            "copy of the lake, as docs/damage.md says"
        ),
        file=", ".join(sorted(file.name for file in torn)),
        place=place,
        rows=rows,
        new=brought.rows,
    )
