"""What was refused of a file: a list of faults to read, and the rows whole, to be mended and loaded again."""

import csv
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from io import StringIO
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kanmon.core.durable import keep, make_folder
from kanmon.core.faults import Fault
from kanmon.intake.loading import StagedTable
from kanmon.intake.staged_rows import batches

WHY = "why_refused"
"""The column of rows to mend that says why; loading leaves it unused."""
_HEADER = ("file", "line", "column", "value", "reason")
_TAKEN_FOR_A_FORMULA = frozenset("=+-@\u2212|")


def write_rejected(directory: Path, file_name: str, refused: pa.Table, reason_text: Callable[[Fault], str]) -> Path:
    """Write all rows of `refused` (REFUSED_SCHEMA) to `directory`, whole or not at all; returns the file's path.

    UTF-8 with a mark, CRLF, every cell quoted; a cell that a spreadsheet might take for a formula gets an apostrophe.
    """
    make_folder(directory)
    path = directory / f"{file_name}.rejected.csv"
    _write(path, _rows(file_name, refused, reason_text))
    return path


def write_rows(table: StagedTable, refused: pa.Table, target: Path, reason_text: Callable[[Fault], str]) -> None:
    """Write the rows of `refused` (REFUSED_SCHEMA) as they stand in `table.path`, whole or not at all.

    The cells stay as they are: what a spreadsheet takes for a formula must come back unchanged. Rows of people who
    were erased are left out.
    """
    assert table.path is not None
    why: dict[int, list[str]] = {}
    for row in refused.to_pylist():
        why.setdefault(row["line"], []).append(f"{row['column'] or ''} {reason_text(Fault(row['fault']))}".strip())
    erased = refused.filter(pc.equal(refused["fault"], Fault.ERASED_MEMBER.value))["line"].to_pylist()
    for line in erased:
        why.pop(line, None)
    make_folder(target.parent)
    with pq.ParquetFile(table.path) as cells:
        names = [name for name in cells.schema_arrow.names if name not in ("line", "latest_at", "known_at")]
        header = [_heading(cells.schema_arrow.field(name)) for name in names]
        delimiter = (cells.schema_arrow.metadata or {}).get(b"delimiter", b",").decode()
        broken = refused.filter(pc.equal(refused["fault"], Fault.BROKEN_ROW.value))
        split = ((row["line"], next(csv.reader(StringIO(row["value"], newline=""), delimiter=delimiter)))
                 for row in broken.to_pylist())  # fmt: skip
        rows = chain(_rows_of(cells, names, pa.array(why, pa.int64())), split)
        put_rows(target, [*header, WHY], ([*row, "; ".join(why[line])] for line, row in rows))


def _heading(column: pa.Field) -> str:
    """What the file calls the column."""
    heading: bytes = (column.metadata or {}).get(b"heading", column.name.encode())
    return heading.decode()


def _rows_of(cells: pq.ParquetFile, names: Sequence[str], lines: pa.Array) -> Iterator[tuple[int, list[str]]]:
    for batch in batches(cells):
        chosen = batch.filter(pc.is_in(batch.column("line"), lines))
        columns = (chosen.column(name).to_pylist() for name in names)
        for line, *row in zip(chosen.column("line").to_pylist(), *columns, strict=True):
            yield line, ["" if cell is None else str(cell) for cell in row]


def put_rows(target: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows to mend: CSV in UTF-8 with a mark, whole or not at all."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        with partial.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(header)
            writer.writerows(rows)
        keep(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def forget_rejected(directory: Path, values: Collection[str]) -> None:
    """Drop the rows told with one of these values from every file, and what was left half-written."""
    guarded = {_guarded(value) for value in values}
    for partial in directory.rglob(".*.partial"):
        partial.unlink()
    for path in directory.rglob("*.rejected.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))[1:]
        kept = [row for row in rows if row[3] not in guarded]
        if len(kept) < len(rows):
            _write(path, kept)


def _write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
            writer.writerow(_HEADER)
            writer.writerows(rows)
        keep(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _rows(file_name: str, refused: pa.Table, reason_text: Callable[[Fault], str]) -> Iterator[list[str]]:
    reasons = {fault.value: reason_text(fault) for fault in Fault}
    for batch in refused.to_batches(max_chunksize=65_536):
        for row in batch.to_pylist():
            cells = (file_name, str(row["line"]), row["column"], row["value"], reasons[row["fault"]])
            yield [_guarded(cell or "") for cell in cells]


def _guarded(cell: str) -> str:
    seen = "".join(char for char in cell[:64] if unicodedata.category(char)[0] not in "CZ")
    is_formula = unicodedata.normalize("NFKC", seen)[:1] in _TAKEN_FOR_A_FORMULA or cell[:1] in ("\t", "\r", "\n")
    return f"'{cell}" if cell and is_formula else cell
