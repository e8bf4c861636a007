"""How large a file from outside may be: looked up in what it says of itself, and counted again while it is read.

A Parquet file of 1.5 MB can stand for 40 million rows, and can lie about that; so a file is measured before anything
else is done with it, by a process of its own (`intake.files.apart`).
"""

import csv
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kanmon.core.errors import TooLarge, UsageError
from kanmon.core.language import N_
from kanmon.intake.files.remarks import FileUnusable
from kanmon.intake.files.workbooks import is_workbook, workbook_reader

MOST_COLUMNS = 1_000
_MB = 1_000_000
_LONGEST_HEADER = 1 << 20
_BATCH_ROWS = 1_024
_SETTINGS = {
    "rows": "KANMON_INTAKE_ROWS",
    "unpacked_mb": "KANMON_INTAKE_MB",
    "seconds": "KANMON_INTAKE_SECONDS",
    "memory_mb": "KANMON_INTAKE_MEMORY_MB",
}


@dataclass(frozen=True)
class IntakeLimits:
    """What a file from outside may be and take; each has an environment variable."""

    rows: int = 1_000_000
    unpacked_mb: int = 1_000
    """Of all its cells, written out."""
    seconds: int = 120
    """To read and check it."""
    memory_mb: int = 4_000
    """Of address space, of the process that reads it."""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "IntakeLimits":
        """As the environment sets them; `UsageError` where a value is no whole number from 1."""
        said = {one.name: environ.get(_SETTINGS[one.name], "") or str(one.default) for one in fields(cls)}
        for name, value in said.items():
            if not (value.isascii() and value.isdigit() and int(value)):
                raise UsageError(
                    N_("%(name)s is a whole number from 1, not “%(written)s”"), name=_SETTINGS[name], written=value
                )
        return cls(**{name: int(value) for name, value in said.items()})

    def settings(self) -> dict[str, int]:
        """The limits by name."""
        return asdict(self)

    def check_rows(self, file_name: str, rows: int) -> None:
        """`TooLarge` where there are more rows than are taken."""
        if rows > self.rows:
            raise TooLarge(
                N_("%(file)s has %(actual)s rows; at most %(most)s are taken (%(setting)s): divide it"),
                file=file_name, actual=f"{rows:,}", most=f"{self.rows:,}", setting=_SETTINGS["rows"],
            )  # fmt: skip

    def check_bytes(self, file_name: str, unpacked: int) -> None:
        """`TooLarge` where cells take more bytes than are taken."""
        if unpacked > self.unpacked_mb * _MB:
            raise TooLarge(
                N_(
                    "%(file)s unpacks to %(actual)s MB; at most %(most)s MB are taken (%(setting)s): divide it, or"
                    " leave out columns that nobody needs"
                ),
                file=file_name, actual=f"{unpacked // _MB:,}", most=f"{self.unpacked_mb:,}",
                setting=_SETTINGS["unpacked_mb"],
            )  # fmt: skip

    def too_slow(self, file_name: str) -> TooLarge:
        """The refusal of a file that was not read in time."""
        return TooLarge(
            N_("%(file)s was not read within %(most)s seconds (%(setting)s): divide it"),
            file=file_name, most=self.seconds, setting=_SETTINGS["seconds"],
        )  # fmt: skip

    def too_much(self, file_name: str) -> TooLarge:
        """The refusal of a file that took more memory than its reader may have."""
        return TooLarge(
            N_("%(file)s needs more than %(most)s MB of memory to be read (%(setting)s): divide it"),
            file=file_name, most=f"{self.memory_mb:,}", setting=_SETTINGS["memory_mb"],
        )  # fmt: skip


def measure(file: Path, name: str, limits: IntakeLimits) -> None:
    """`TooLarge` where a file has more rows, columns or bytes than are taken; a file that can't be read passes here.

    Whoever reads it next tells that better. A Parquet file is refused by what it says of itself, before any of it is
    unpacked; then it is unpacked piece by piece, since it may say less than it holds.
    """
    try:
        limits.check_bytes(name, file.stat().st_size)
        if file.suffix.lower() == ".parquet":
            _measure_parquet(file, name, limits)
        elif is_workbook(file):
            _measure_workbook(file, name, limits)
        else:
            _measure_csv(file, name, limits)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, csv.Error, FileUnusable):
        return


def _measure_parquet(file: Path, name: str, limits: IntakeLimits) -> None:
    with pq.ParquetFile(file) as table:
        facts = table.metadata
        _check_columns(name, facts.num_columns)
        groups = [facts.row_group(number) for number in range(facts.num_row_groups)]
        limits.check_rows(name, max(facts.num_rows, sum(group.num_rows for group in groups)))
        columns = (group.column(place) for group in groups for place in range(group.num_columns))
        limits.check_bytes(name, sum(column.total_uncompressed_size for column in columns))
        rows = unpacked = 0
        for batch in table.iter_batches(_BATCH_ROWS, use_threads=False):
            rows, unpacked = rows + len(batch), unpacked + sum(_written_out(column) for column in batch.columns)
            limits.check_rows(name, rows)
            limits.check_bytes(name, unpacked)


def _written_out(column: pa.Array) -> int:
    """Bytes of the cells; a dictionary counts as often as it is looked up, for that is how it is used."""
    return int((column.dictionary_decode() if pa.types.is_dictionary(column.type) else column).nbytes)


def _measure_workbook(file: Path, name: str, limits: IntakeLimits) -> None:
    reader = workbook_reader()
    limits.check_bytes(name, reader.unpacked_bytes(file))
    rows = unpacked = 0
    for cells in reader.rows_of(file):
        rows, unpacked = rows + 1, unpacked + sum(len(cell) for cell in cells)
        _check_columns(name, len(cells))
        limits.check_rows(name, rows - 1)  # the header is none
        limits.check_bytes(name, unpacked)


def _measure_csv(file: Path, name: str, limits: IntakeLimits) -> None:
    with file.open("rb") as opened:
        header = opened.readline(_LONGEST_HEADER)
        if len(header) == _LONGEST_HEADER:
            raise TooLarge(
                N_("%(file)s: the first line is longer than %(most)s bytes: it names the columns"),
                file=name, most=f"{_LONGEST_HEADER:,}",
            )  # fmt: skip
        _check_columns(name, 1 + max(header.count(mark) for mark in (b",", b";", b"\t", b"|")))
        opened.seek(0)
        line_ends = sum(chunk.count(b"\n") + chunk.count(b"\r") for chunk in iter(lambda: opened.read(_MB), b""))
        if line_ends <= limits.rows:
            return
    with file.open(encoding="latin-1", newline="") as text:
        for rows, _ in enumerate(csv.reader(text)):
            limits.check_rows(name, rows)  # the header is none


def _check_columns(name: str, columns: int) -> None:
    if columns > MOST_COLUMNS:
        raise TooLarge(
            N_("%(file)s has %(actual)s columns; at most %(most)s are taken: leave out those that nobody needs"),
            file=name, actual=f"{columns:,}", most=f"{MOST_COLUMNS:,}",
        )  # fmt: skip
