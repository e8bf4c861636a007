"""What the lake takes in."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from kanmon.core.refused import MergeResult


def silent(_: int) -> None:
    """Tell nobody how far the work is."""


class Lake(Protocol):
    """Takes staged Parquet files in; each call is kept whole or not at all, and repeating it changes nothing.

    Logins and events in damaged files are brought back by the folder that brought them; any other is `LakeDamaged`.
    """

    def load_members(self, staged: Path) -> pa.Table:
        """Number the members of a staged file (`member_id`): (member_id, member_no), one row for each of them."""

    def load_identities(self, staged: Path) -> MergeResult:
        """Take in logins; those of unknown members are refused."""

    def load_events(self, staged: Path, advance: Callable[[int], None] = silent) -> MergeResult:
        """Take in events; those of unknown members are refused. `advance` is told how many are done, bit by bit.

        Two events are the same if person, time, kind, target, page and site are; the second such event of one file is
        another one. The same event with another weight replaces it.
        """

    def append_events(self, staged: Path) -> pa.Table:
        """Take in events that are each another one, whatever they say; those of unknown members, in `REFUSED_SCHEMA`.

        Which of them the lake has is known from the same moment: see `appended`.
        """

    def appended(self) -> Sequence[int]:
        """The lines of what `append_events` last took in."""

    def is_scattered(self) -> bool:
        """Whether the events lie in so many files, or so much of them unsorted by person, that reading gets dear."""

    def compact(self) -> None:
        """Write the events anew, sorted by person: the same ones, for whoever asks what is newer than a state."""

    def sizes(self) -> Mapping[str, int]:
        """How many rows each table of the lake holds."""

    def torn(self) -> Collection[str]:
        """The tables with a file that is lost, or holds other bytes than were written."""
