"""A CSV file as a Parquet file of written cells, each row with the line that it begins on.

Lines are those of a text editor: a quoted cell may hold line ends, and rows that can't be split are counted too.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kanmon.core.faults import Fault
from kanmon.core.refused import REFUSED_SCHEMA
from kanmon.intake.files.remarks import FileUnusable, gettext
from kanmon.intake.loading import Remark

BLOCK_BYTES = 8 << 20
"""How much of a file is parsed at a time; a row that is longer may not be read."""
_LINE_END = re.compile("\r\n|\r|\n")
_DELIMITERS = {
    ",": "",
    ";": gettext("%(file)s: cells are parted by semicolons, not by commas; read as such"),
    "\t": gettext("%(file)s: cells are parted by tabs, not by commas; read as such"),
    "|": gettext("%(file)s: cells are parted by bars, not by commas; read as such"),
}
"""What may stand between cells, and what is said where it isn't a comma."""
_TOO_LONG = "straddling object straddles two block boundaries"
"""What Arrow says of a row that doesn't fit into a block."""
_AFTER_THE_END = "after the end"


@dataclass(frozen=True)
class Header:
    """The first line that isn't empty. `names` are as the contract would write them; `lines` is how many it ends at."""

    names: tuple[str, ...]
    written: tuple[str, ...]
    delimiter: str
    lines: int
    has_rows: bool

    def remarks(self, file_name: str) -> Iterator[Remark]:
        """What had to be forgiven."""
        if self.delimiter != ",":
            yield Remark(_DELIMITERS[self.delimiter], {"file": file_name})
        mended = [was for was, name in zip(self.written, self.names, strict=True) if was != name]
        if mended:
            yield Remark(
                gettext("%(file)s: column names %(columns)s were read without spaces and in lower case"),
                {"file": file_name, "columns": ", ".join(map(repr, mended))},
            )


def read_header(source: Path, file_name: str, known: Sequence[str]) -> Header:
    """The header under the delimiter by which it names most of the `known` columns; raises FileUnusable."""
    headers = [_header(source, file_name, delimiter) for delimiter in _DELIMITERS]
    return max(headers, key=lambda header: len(set(header.names) & set(known)))


def widest_header(source: Path, file_name: str) -> Header:
    """The header of a file of any kind, under the delimiter by which it has most columns; raises FileUnusable."""
    return max((_header(source, file_name, delimiter) for delimiter in _DELIMITERS), key=lambda one: len(one.names))


def write_cells(source: Path, file_name: str, header: Header, written: Path) -> pa.Table:
    """Write all cells to the Parquet file `written`, beside `line`; returns the rows that can't be split, refused."""
    names = [f"{place} {name}" for place, name in enumerate(header.names)]
    schema = pa.schema([("line", pa.int64()), *((name, pa.string()) for name in names)])
    lines = _RowLines(header.lines + 1)
    with pq.ParquetWriter(written, schema, compression="lz4") as writer:
        if header.has_rows:
            _refuse_open_quotation(source, file_name, header)
            try:
                for batch in _batches(source, header, names, lines):
                    writer.write_batch(pa.RecordBatch.from_arrays([lines.of(batch), *batch.columns], schema=schema))
            except pa.ArrowInvalid as error:
                if _TOO_LONG in str(error):
                    raise FileUnusable(
                        gettext("%(file)s: a row after line %(line)s is longer than %(limit)s MB: shorten its cells"),
                        file=file_name,
                        line=lines.last,
                        limit=BLOCK_BYTES >> 20,
                    ) from None
                raise FileUnusable(
                    gettext("%(file)s can't be read as CSV: %(reason)s"), file=file_name, reason=str(error)
                ) from None
    return lines.refused()


def _header(source: Path, file_name: str, delimiter: str) -> Header:
    try:
        with source.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=delimiter)
            written = tuple(next((row for row in rows if any(cell.strip() for cell in row)), ()))
            lines = rows.line_num
            has_rows = bool(file.readline())
    except csv.Error as error:
        raise FileUnusable(
            gettext("%(file)s can't be read as CSV: %(reason)s"), file=file_name, reason=str(error)
        ) from None
    return Header(tuple(name.strip().lower() for name in written), written, delimiter, lines, has_rows)


def _batches(source: Path, header: Header, names: Sequence[str], lines: "_RowLines") -> Iterator[pa.RecordBatch]:
    yield from pyarrow.csv.open_csv(
        source,
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False, block_size=BLOCK_BYTES, column_names=names, skip_rows=header.lines
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=header.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=lines.refuse,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
        ),
    )


class _RowLines:
    """Tells on which line each row begins, while rows are read in order.

    The parser numbers records as if each took one line; line ends within cells move all that follows down.
    """

    def __init__(self, first: int) -> None:
        self.last = first - 1
        """The line that the last row told begins on; at first that of the header."""
        self._next_record = first
        self._moved_down = 0
        self._waiting: list[tuple[int, str]] = []
        self._refused: list[tuple[int, str]] = []

    def refuse(self, row: pyarrow.csv.InvalidRow) -> str:
        """Take note of a row that has too few or too many cells; the parser goes on without it."""
        self._waiting.append((row.number, row.text))
        return "skip"

    def of(self, batch: pa.RecordBatch) -> pa.Array:
        """The lines of the next rows that could be split."""
        broken = self._waiting
        candidates = np.arange(self._next_record, self._next_record + batch.num_rows + len(broken))
        records = np.setdiff1d(candidates, [number for number, _ in broken], assume_unique=True)[: batch.num_rows]
        if len(records):
            self._next_record = int(records[-1]) + 1
        passed = [row for row in broken if row[0] < self._next_record]
        self._waiting = broken[len(passed) :]
        lines = self._lines(records, _line_ends(batch), passed)
        if len(lines):
            self.last = int(lines[-1])
        return pa.array(lines, pa.int64())

    def refused(self) -> pa.Table:
        """The rows that couldn't be split, once all others were read."""
        self._lines(np.empty(0, np.int64), np.empty(0, np.int64), self._waiting)
        told = [(line, text) for line, text in self._refused if text.strip()]
        return pa.table(
            {
                "line": [line for line, _ in told],
                "column": [""] * len(told),
                "value": [text for _, text in told],
                "fault": [Fault.BROKEN_ROW.value] * len(told),
            },
            schema=REFUSED_SCHEMA,
        )

    def _lines(
        self, records: NDArray[np.int64], line_ends: NDArray[np.int64], broken: list[tuple[int, str]]
    ) -> NDArray[np.int64]:
        numbers = np.concatenate([records, np.array([number for number, _ in broken], np.int64)])
        ends = np.concatenate([line_ends, np.array([len(_LINE_END.findall(text)) for _, text in broken], np.int64)])
        order = np.argsort(numbers)
        before = np.empty_like(ends)
        before[order] = np.cumsum(ends[order]) - ends[order]
        lines: NDArray[np.int64] = numbers + self._moved_down + before
        self._moved_down += int(ends.sum())
        self._refused += zip(lines[len(records) :].tolist(), (text for _, text in broken), strict=True)
        return lines[: len(records)]


def _line_ends(batch: pa.RecordBatch) -> NDArray[np.int64]:
    """How many line ends the cells of each row hold."""
    ends = np.zeros(batch.num_rows, np.int64)
    for column in batch.columns:
        for mark, weight in (("\n", 1), ("\r", 1), ("\r\n", -1)):
            if pc.any(pc.match_substring(column, mark)).as_py():
                ends += weight * pc.fill_null(pc.count_substring(column, mark), 0).to_numpy()
    return ends


def _refuse_open_quotation(source: Path, file_name: str, header: Header) -> None:
    """A quotation mark that is never closed would swallow all rows behind it."""
    with source.open("rb") as file:
        is_odd = sum(chunk.count(b'"') for chunk in iter(lambda: file.read(BLOCK_BYTES), b"")) % 2
    if not is_odd:
        return
    begins, ends, row = 1, 0, [""]
    try:
        with source.open(encoding="utf-8-sig", newline="") as text:
            rows = csv.reader(chain(text, [_AFTER_THE_END]), delimiter=header.delimiter)
            for row in rows:  # noqa: B007 - the last one tells
                begins, ends = ends + 1, rows.line_num
        is_open = row != [_AFTER_THE_END]
    except csv.Error:
        begins, is_open = ends + 1, True
    if is_open:
        raise FileUnusable(
            gettext("%(file)s: the quotation mark that opens in the row at line %(line)s is never closed"),
            file=file_name,
            line=begins,
        )
