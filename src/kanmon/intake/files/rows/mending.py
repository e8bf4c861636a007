"""The refused rows of a file that a client handed in, as the client wrote them: to be mended and handed in again."""

import csv
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kanmon.core.durable import make_folder
from kanmon.core.faults import Fault
from kanmon.core.progress import Progress
from kanmon.intake.files.csv_table import read_header
from kanmon.intake.files.encoding import as_utf8
from kanmon.intake.files.reader import DatasetFolderReader
from kanmon.intake.files.rows.columns import APPLICANTS
from kanmon.intake.files.rows.headings import Headings
from kanmon.intake.files.rows.rejected import WHY, put_rows, write_rejected
from kanmon.intake.files.workbooks import is_workbook, workbook_reader
from kanmon.intake.loading import NO_COLUMNS, NOTHING_KNOWN, StagedTable

_MEMBER = "member_id"
MENDABLE = "to-mend.csv"
"""The name of such a file."""
_BATCH_ROWS = 1_024


@dataclass(frozen=True, kw_only=True)
class HandInReader(DatasetFolderReader):
    """Gives what a client handed in, as it was read `apart`, and notes the refused rows of it."""

    read: Sequence[StagedTable]
    refused: list[pa.Table] = field(default_factory=list)

    def tables(
        self,
        folder: Path,  # noqa: ARG002 - of the protocol
        now: datetime,  # noqa: ARG002
        progress: Progress,  # noqa: ARG002
        known: Mapping[str, str] = NOTHING_KNOWN,  # noqa: ARG002
        columns: Mapping[str, Mapping[str, str]] = NO_COLUMNS,  # noqa: ARG002
    ) -> Sequence[StagedTable]:
        """The tables that were read already, under limits and before anybody had to wait."""
        return self.read

    def keep_refused(self, table: StagedTable, refused: pa.Table) -> Path:
        """Write the list of faults, and note the rows, to be written by `write_mendable`; returns where the list is.

        Neither holds the ID of a member, whoever that is: one who was erased must not be kept once more, and a client
        that saw whose ID is left out would know who was.
        """
        self.refused.append(refused)
        is_member = pc.fill_null(pc.equal(refused["column"], _MEMBER), False)
        values = pc.if_else(is_member, pa.scalar(None, pa.string()), refused["value"])
        place = refused.schema.get_field_index("value")
        told = refused.set_column(place, refused.schema.field(place), values)
        return write_rejected(self.rejected, table.file_name, told, self.reason_text)


def write_mendable(source: Path, refused: pa.Table, target: Path, reason_text: Callable[[Fault], str]) -> None:
    """Write the rows of `refused` (REFUSED_SCHEMA) as they stand in `source`, whole or not at all.

    CSV in UTF-8 with a mark, whatever the source is, with one column more. The cells are the client's own and stay as
    they are: what a spreadsheet takes for a formula must come back unchanged. Only a member's ID, which no client may
    name, is left out of every row that was refused for it.
    """
    why: dict[int, list[str]] = {}
    members: dict[int, str] = {}
    for row in refused.to_pylist():
        why.setdefault(row["line"], []).append(f"{row['column'] or ''} {reason_text(Fault(row['fault']))}".strip())
        if row["column"] == _MEMBER and row["value"] is not None:
            members[row["line"]] = _folded(row["value"])
    header, rows = _table(source) if source.suffix == ".parquet" else _csv(source)
    make_folder(target.parent)
    mendable = (
        [*("" if _folded(cell) == members.get(line) else cell for cell in cells), "; ".join(why[line])]
        for line, cells in rows
        if line in why
    )
    put_rows(target, [*header, WHY], mendable)


def forget_mendable(directory: Path, identifiers: Collection[frozenset[str]]) -> None:
    """Drop every row that holds all values of one of `identifiers`, however wide they are written; all else stays."""
    named = [frozenset(map(_folded, values)) for values in identifiers]
    for path in directory.rglob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        if header[-1] != WHY:
            continue
        kept = [row for row in rows if not any(values <= set(map(_folded, row)) for values in named)]
        if len(kept) < len(rows):
            put_rows(path, header, kept)


def _folded(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).casefold().strip()


def _csv(source: Path) -> tuple[Sequence[str], Iterator[tuple[int, Sequence[str]]]]:
    """The header as it is written, and every row after it with the line that it begins on, as wide as the header."""
    if is_workbook(source):
        sheet = source.with_suffix(".sheet")
        workbook_reader().as_csv(source, APPLICANTS.name, sheet)
        source = sheet
    utf8 = as_utf8(source, source.with_suffix(".utf8")).path
    header = read_header(utf8, source.name, Headings("applicants", APPLICANTS.names))
    return header.written, (
        (line, [*cells, *[""] * (len(header.written) - len(cells))])
        for line, cells in _lines(utf8, header.delimiter)
        if line > header.lines
    )


def _lines(utf8: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    with utf8.open(encoding="utf-8-sig", newline="") as file:
        rows, begins = csv.reader(file, delimiter=delimiter), 1
        for cells in rows:
            yield begins, cells
            begins = rows.line_num + 1


def _table(source: Path) -> tuple[Sequence[str], Iterator[tuple[int, Sequence[str]]]]:
    return pq.read_schema(source).names, _table_rows(source)


def _table_rows(source: Path) -> Iterator[tuple[int, Sequence[str]]]:
    """Every row by its number, a few at a time: written out, a table can be far larger than its file."""
    first = 1
    with pq.ParquetFile(source) as table:
        for batch in table.iter_batches(_BATCH_ROWS):
            rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            for line, cells in enumerate(rows, start=first):
                yield line, ["" if cell is None else str(cell) for cell in cells]
            first += len(batch)
