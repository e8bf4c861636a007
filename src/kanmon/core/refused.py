"""Rows of a dataset folder that can't be taken, told so that a person can mend them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

REFUSED_SCHEMA = pa.schema(
    [("line", pa.int64()), ("column", pa.string()), ("value", pa.string()), ("fault", pa.string())]
)
"""A table of refused rows: line in the file (the header of a CSV is line 1; the n-th row of a Parquet file is n),
the column at fault, its value as written, and the `Fault`."""


def no_rows_refused() -> pa.Table:
    """An empty table of refused rows."""
    return REFUSED_SCHEMA.empty_table()


@dataclass(frozen=True)
class MergeResult:
    """What became of a file's rows: `unchanged` ones said what was known already."""

    new: int
    replaced: int
    unchanged: int
    refused: pa.Table
    """In `REFUSED_SCHEMA`, one row for each refused line."""
    acts_sha256: str | None = None
    """SHA-256 over the seals of the acts of consent added, member by member; None where the rows are no acts."""
    stages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The stages that a contract lists, by client, of those whose rows named another."""
