"""A CSV file as a Parquet file of written cells, each row with the line that it begins on.

Lines are those of a text editor: a quoted cell may hold line ends, and rows that can't be split are counted too.
"""

import csv
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import StringIO
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
from kanmon.intake.files.rows.headings import Headings
from kanmon.intake.loaded import Remark

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
_SEPARATOR = re.compile("sep=(.)", re.IGNORECASE)
"""How a file tells a spreadsheet, on a line of its own, what stands between its cells."""
_HEADER_AMONG = 10
"""How many rows that aren't empty are looked at for the names of columns: titles may stand above them."""
_TOO_LONG = "straddling object straddles two block boundaries"
"""What Arrow says of a row that doesn't fit into a block."""
_AFTER_THE_END = "after the end"


@dataclass(frozen=True)
class Header:
    """The row of column names. `names` are as the contract would write them; `lines` is how many it ends at."""

    names: tuple[str, ...]
    written: tuple[str, ...]
    delimiter: str
    lines: int
    has_rows: bool
    above: int = 0
    """How many rows that aren't empty stand above it."""

    def remarks(self, file_name: str) -> Iterator[Remark]:
        """What had to be forgiven."""
        if self.delimiter != ",":
            yield Remark(_DELIMITERS[self.delimiter], {"file": file_name})
        if self.above:
            yield Remark(
                gettext("%(file)s: the names of the columns stand at line %(line)s; what stands above was left out"),
                {"file": file_name, "line": self.lines},
            )
        yield from renamed(file_name, self.written, self.names)


def read_header(source: Path, file_name: str, headings: Headings) -> Header:
    """The row, under the delimiter by which it is so, that names most of the columns; raises FileUnusable.

    It is the first where several name as many. A title or a date may stand above it.
    """
    headers = [header for delimiter in _DELIMITERS for header in _headers(source, file_name, delimiter)]
    named = [replace(header, names=headings.names(header.written)) for header in headers]
    return max(named, key=lambda header: (len(set(header.names) & set(headings.columns)), -header.above))


def widest_header(source: Path, file_name: str) -> Header:
    """The header of a file of any kind, under the delimiter by which it has most columns; raises FileUnusable."""
    firsts = (_headers(source, file_name, delimiter)[0] for delimiter in _DELIMITERS)
    return max(firsts, key=lambda header: len(header.names))


def renamed(file_name: str, written: Sequence[str], names: Sequence[str]) -> Iterator[Remark]:
    """What is told of headings that were read as the names of columns."""
    pairs = [(was, name) for was, name in zip(written, names, strict=True) if was != name]
    folded = [was for was, name in pairs if was.strip().lower() == name]
    if folded:
        yield Remark(
            gettext("%(file)s: column names %(columns)s were read without spaces and in lower case"),
            {"file": file_name, "columns": ", ".join(map(repr, folded))},
        )
    meant = [f"{was.strip()} → {name}" for was, name in pairs if was not in folded]
    if meant:
        yield Remark(
            gettext("%(file)s: headings were read as columns: %(columns)s"),
            {"file": file_name, "columns": ", ".join(meant)},
        )


@dataclass(frozen=True)
class WrittenCells:
    """What became of the rows that have another number of cells than the header."""

    refused: pa.Table
    """Those that can't be split, as REFUSED_SCHEMA."""
    evened: int
    """How many were read, since only empty cells are missing at their end, or too many there."""

    def remarks(self, file_name: str) -> Iterator[Remark]:
        """What had to be forgiven."""
        if self.evened:
            yield Remark(
                gettext("%(file)s: rows with too few or too many empty cells at their end were read (rows: %(count)s)"),
                {"file": file_name, "count": self.evened},
            )


def write_cells(source: Path, file_name: str, header: Header, written: Path, fewest: int | None = None) -> WrittenCells:
    """Write all cells to the Parquet file `written`, beside `line`.

    A spreadsheet leaves out empty cells at the end of a row, or writes more of them. A row of at least `fewest` cells
    is read as if the rest were there and empty; the last of a file that breaks off is not: its last cell may be cut.
    """
    names = [f"{place} {name}" for place, name in enumerate(header.names)]
    headings = (pa.field(name, pa.string()).with_metadata({"heading": written_as})
                for name, written_as in zip(names, header.written, strict=True))  # fmt: skip
    schema = pa.schema([("line", pa.int64()), *headings], {"delimiter": header.delimiter})
    lines = _RowLines(header.lines + 1)
    evened: dict[int, list[str]] = {}
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
            evened = _evened(lines.broken(), header, len(names) if fewest is None else fewest)
            if not _ends_with_a_line(source):
                evened.pop(max(evened.keys() | {lines.last}), None)
            if evened:
                columns = [[cell or None for cell in cells] for cells in zip(*evened.values(), strict=True)]
                writer.write_table(pa.table([[*evened], *columns], schema=schema))
    return WrittenCells(_refused([row for row in lines.broken() if row[0] not in evened]), len(evened))


def _evened(broken: Sequence[tuple[int, str]], header: Header, fewest: int) -> dict[int, list[str]]:
    """The rows that can be read all the same, by line, as wide as the header."""
    width, evened = len(header.names), {}
    for line, text in broken:
        cells = next(csv.reader(StringIO(text, newline=""), delimiter=header.delimiter))
        if len(cells) >= fewest and not any(map(str.strip, cells[width:])):
            evened[line] = [*cells[:width], *[""] * (width - len(cells))]
    return evened


def _refused(broken: Sequence[tuple[int, str]]) -> pa.Table:
    return pa.table(
        {
            "line": [line for line, _ in broken],
            "column": [""] * len(broken),
            "value": [text for _, text in broken],
            "fault": [Fault.BROKEN_ROW.value] * len(broken),
        },
        schema=REFUSED_SCHEMA,
    )


def _ends_with_a_line(source: Path) -> bool:
    with source.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() in (b"\n", b"\r")


def _headers(source: Path, file_name: str, delimiter: str) -> list[Header]:
    """The first rows that aren't empty, each as if it were the header; at least one."""
    headers: list[Header] = []
    try:
        with source.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=delimiter)
            for row in rows:
                if any(map(str.strip, row)) and not _SEPARATOR.fullmatch(delimiter.join(row).strip(" \r\n")):
                    headers.append(_header(row, delimiter, rows.line_num, len(headers)))
                if len(headers) == _HEADER_AMONG:
                    break
            has_more = bool(file.readline())
    except csv.Error as error:
        if not headers:
            raise FileUnusable(
                gettext("%(file)s can't be read as CSV: %(reason)s"), file=file_name, reason=str(error)
            ) from None
        has_more = True
    return [replace(header, has_rows=has_more or header.lines < rows.line_num) for header in headers] or [
        Header((), (), delimiter, rows.line_num, has_rows=False)
    ]


def _header(row: Sequence[str], delimiter: str, line: int, above: int) -> Header:
    return Header(tuple(name.strip().lower() for name in row), tuple(row), delimiter, line, has_rows=True, above=above)


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
        self._broken: list[tuple[int, str]] = []

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

    def broken(self) -> Sequence[tuple[int, str]]:
        """The rows that couldn't be split, each with its line, once all others were read."""
        self._lines(np.empty(0, np.int64), np.empty(0, np.int64), self._waiting)
        self._waiting = []
        return [(line, text) for line, text in self._broken if text.strip()]

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
        self._broken += zip(lines[len(records) :].tolist(), (text for _, text in broken), strict=True)
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
