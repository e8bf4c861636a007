"""What became of a folder that was loaded: file by file, what was taken and what is wrong with the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

FIRST = 5
"""How many rows are told for each reason."""
SHOWN = 100
"""How many refused rows of a file are told where it is loaded; all of them lie in a file."""


@dataclass(frozen=True)
class Remark:
    """Something the loader noticed and could mend by itself: a sentence with its values, in English."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class FaultCount:
    """How many rows of a file are refused, or lose a value, for one reason, and the first of them."""

    column: str
    fault: str
    count: int
    first: tuple[tuple[int, str | None], ...]
    """Line and value; None in place of what was erased with its person."""


@dataclass(frozen=True)
class LoadedFile:
    """What became of one file; the counts are rows."""

    file_name: str
    dataset: str
    new: int
    replaced: int
    unchanged: int
    refused: int
    """Rows that were refused, and values that were left out of rows that were taken."""
    rejected: Path | None
    """Where the refused rows lie."""
    sample: tuple[tuple[int, str, str | None, str], ...]
    """The first `SHOWN` refused rows: line, column, value (None as in `FaultCount`), fault."""
    faults: tuple[FaultCount, ...] = ()
    """All that is wrong, the most frequent first."""
    held: int = 0
    """Refused rows that may be somebody's no: nothing is done with these people's data until it is settled."""
    alerts: int = 0
    """Likewise, where nobody can tell whose row it is."""
    lost: int = 0
    """How many of `refused` are values alone: the row was taken without them."""


@dataclass(frozen=True)
class FolderLoad:
    """What became of a folder."""

    files: tuple[LoadedFile, ...]
    remarks: tuple[Remark, ...]
    unusable: tuple[str, ...]
    """Files of which nothing was loaded."""

    @property
    def has_refusals(self) -> bool:
        """Whether any row or file was refused."""
        return bool(self.unusable) or any(file.refused for file in self.files)


def fault_counts(refused: pa.Table) -> tuple[FaultCount, ...]:
    """What is wrong with refused rows (REFUSED_SCHEMA), each reason with its first rows."""
    kinds = refused.group_by(["column", "fault"], use_threads=False).aggregate([("line", "count")]).to_pylist()
    counts = []
    for kind in sorted(kinds, key=lambda kind: -kind["line_count"]):
        is_it = pc.and_(pc.equal(refused["column"], kind["column"]), pc.equal(refused["fault"], kind["fault"]))
        first = refused.filter(is_it).slice(0, FIRST).to_pylist()
        rows = tuple((row["line"], row["value"]) for row in first)
        counts.append(FaultCount(kind["column"], kind["fault"], kind["line_count"], rows))
    return tuple(counts)
