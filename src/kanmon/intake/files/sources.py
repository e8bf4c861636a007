"""A file as a relation in which the contract's columns have the contract's names, whatever its format."""
# ruff: noqa: S608 - names out of a file are quoted

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from kanmon.core.refused import no_rows_refused
from kanmon.intake.files.csv_table import read_header, renamed, write_cells
from kanmon.intake.files.encoding import as_utf8
from kanmon.intake.files.remarks import FileUnusable, gettext
from kanmon.intake.files.rows.columns import Dataset
from kanmon.intake.files.rows.headings import Headings
from kanmon.intake.files.rows.rejected import WHY
from kanmon.intake.files.rows.row_checks import CellType
from kanmon.intake.files.workbooks import is_workbook, workbook_reader
from kanmon.intake.loaded import Remark
from kanmon.lake.files.sql import literal

_PARQUET_MARK = b"PAR1"
_ROW_NUMBER = "file_row_number"
"""What DuckDB calls the number of a row in its file."""


@dataclass(frozen=True)
class SourceFile:
    """A file, opened: `relation` is SQL for `line` and the columns in `types`; `broken` are rows already refused."""

    relation: str
    types: dict[str, CellType]
    broken: pa.Table
    remarks: tuple[Remark, ...]
    rows: int
    """How many rows the relation has."""
    cells: Path
    """Parquet: every cell as the file has it."""


@dataclass(frozen=True)
class _SourceColumn:
    """A column of a file: its name without blanks and in lower case, its name in DuckDB, its type there."""

    name: str
    identifier: str
    type: CellType
    is_in_utc: bool = False
    """Whether the cells are instants in UTC that DuckDB takes for times without a zone."""

    @property
    def read(self) -> str:
        """The column as SQL."""
        name = _quoted(self.identifier)
        return f"timezone('UTC', {name})" if self.is_in_utc else name


def open_source(
    engine: duckdb.DuckDBPyConnection, dataset: Dataset, headings: Headings, file: Path, staging: Path
) -> SourceFile:
    """Open the file of a table; raises FileUnusable where nothing of it can be used."""
    try:
        if file.suffix.lower() == ".parquet":
            return _open_parquet(engine, dataset, headings, file)
        if is_workbook(file):
            sheet = staging / f"{dataset.name}.sheet.csv"
            told = workbook_reader().as_csv(file, dataset.name, sheet)
            read = _open_csv(dataset, headings, sheet, staging, file.name)
            return replace(read, remarks=(*told, *read.remarks))
        return _open_csv(dataset, headings, file, staging, file.name)
    except PermissionError as error:
        raise FileUnusable(
            gettext("%(file)s can't be read: %(reason)s"), file=file.name, reason=error.strerror
        ) from None


def scanned(path: Path, options: str = "") -> str:
    """A scan of this one Parquet file, even where its path looks like a pattern."""
    return f"read_parquet({literal(escaped(path))}{options})"


def escaped(path: Path) -> Path:
    """A path as DuckDB takes it for just this file."""
    return Path("".join(f"[{char}]" if char in "[*?" else char for char in str(path)))


def _open_csv(dataset: Dataset, headings: Headings, file: Path, staging: Path, file_name: str) -> SourceFile:
    utf8 = as_utf8(file, staging / f"{dataset.name}.utf8.csv")
    header = read_header(utf8.path, file_name, headings)
    found = [_SourceColumn(name, f"{place} {name}", CellType("VARCHAR")) for place, name in enumerate(header.names)]
    told = _judge_columns(dataset, found, file_name)
    cells = staging / f"{dataset.name}.cells.parquet"
    cells_written = write_cells(utf8.path, file_name, header, cells, _fewest_cells(dataset, header.names))
    columns = _known(dataset, found)
    relation = _relation("line", columns, scanned(cells))
    types = {column.name: column.type for column in columns}
    rows = pq.read_metadata(cells).num_rows
    remarks = (*utf8.remarks, *header.remarks(file_name), *told, *cells_written.remarks(file_name))
    return SourceFile(relation, types, cells_written.refused, remarks, rows, cells)


def _fewest_cells(dataset: Dataset, names: Sequence[str]) -> int:
    """How many cells a row must have: up to the last column in which an empty cell would cost the row, or say much."""
    costly = {column.name for column in dataset.columns if column.is_required or column.costs_row}
    return max((place for place, name in enumerate(names, start=1) if name in costly), default=len(names))


def _open_parquet(engine: duckdb.DuckDBPyConnection, dataset: Dataset, headings: Headings, file: Path) -> SourceFile:
    _refuse_what_is_no_parquet(file)
    plainly = ", binary_as_string = true, hive_partitioning = false"
    scan = scanned(file, f"{plainly}, {_ROW_NUMBER} = true")
    try:
        described = engine.execute(f"DESCRIBE SELECT * FROM {scanned(file, plainly)}").fetchall()
        in_utc = _times_of_96_bits(engine, file)
        written = [name for name, *_ in described]
        names = headings.names(written)
        found = [
            _found(name, heading, kind, in_utc) for name, (heading, kind, *_) in zip(names, described, strict=True)
        ]
        _refuse_taken_name(found, file.name)
        told = [*renamed(file.name, written, names), *_judge_columns(dataset, found, file.name)]
        columns = list(_suitable(engine, dataset, _known(dataset, found), scan, file.name))
    except duckdb.Error as error:
        raise FileUnusable(
            gettext("%(file)s can't be read as Parquet: %(reason)s"), file=file.name, reason=str(error)
        ) from None
    relation = _relation(f"{_ROW_NUMBER} + 1", columns, scan)
    [(rows,)] = engine.execute(f"SELECT count(*) FROM {scanned(file, plainly)}").fetchall()
    types = {column.name: column.type for column in columns}
    return SourceFile(relation, types, no_rows_refused(), tuple(told), rows, file)


def _relation(line: str, columns: Sequence[_SourceColumn], scan: str) -> str:
    named = "".join(f", {column.read} AS {column.name}" for column in columns)
    return f"(SELECT {line} AS line{named} FROM {scan})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _times_of_96_bits(engine: duckdb.DuckDBPyConnection, file: Path) -> frozenset[str]:
    """Columns of Parquet's old INT96 type: instants in UTC by convention, which the file does not say."""
    query = f"SELECT name FROM {scanned(file).replace('read_parquet', 'parquet_schema', 1)} WHERE type = 'INT96'"
    return frozenset(name for (name,) in engine.execute(query).fetchall())


def _found(name: str, heading: str, type_name: str, in_utc: Collection[str]) -> _SourceColumn:
    is_in_utc = heading in in_utc and type_name.startswith("TIMESTAMP")
    type_found = CellType("TIMESTAMP WITH TIME ZONE" if is_in_utc else type_name)
    return _SourceColumn(name, heading, type_found, is_in_utc)


def _refuse_what_is_no_parquet(file: Path) -> None:
    with file.open("rb") as opened:
        head = opened.read(4)
        size = opened.seek(0, 2)
        opened.seek(max(0, size - 4))
        tail = opened.read(4)
    if not head:
        raise FileUnusable(gettext("%(file)s is empty: it has no bytes at all"), file=file.name)
    if head != _PARQUET_MARK:
        raise FileUnusable(gettext("%(file)s is not a Parquet file, whatever its name says"), file=file.name)
    if tail != _PARQUET_MARK:
        raise FileUnusable(gettext("%(file)s is cut off: its end is missing; copy it anew"), file=file.name)


def _refuse_taken_name(found: Sequence[_SourceColumn], file_name: str) -> None:
    if any(column.identifier.lower() == _ROW_NUMBER for column in found):
        raise FileUnusable(
            gettext("%(file)s: a column may not be named %(column)s: leave it out, or give it another name"),
            file=file_name,
            column=_ROW_NUMBER,
        )


def _known(dataset: Dataset, found: Sequence[_SourceColumn]) -> list[_SourceColumn]:
    return [column for column in found if column.name in dataset.names]


def _judge_columns(dataset: Dataset, found: Sequence[_SourceColumn], file_name: str) -> list[Remark]:
    """Raise FileUnusable where columns are missing or come twice; tell those that nobody knows."""
    names = [column.name for column in found]
    listed = ", ".join(names)
    twice = sorted({name for name in names if name in dataset.names and names.count(name) > 1})
    if twice:
        raise FileUnusable(
            gettext("%(file)s has more than one column %(columns)s: keep one of each"),
            file=file_name,
            columns=", ".join(twice),
        )
    missing = [column.name for column in dataset.columns if column.is_required and column.name not in names]
    if dataset.any_of and not set(dataset.any_of) & set(names):
        missing.append("/".join(dataset.any_of))
    if missing:
        raise FileUnusable(
            gettext("%(file)s: no column %(missing)s; found %(found)s. Nothing of the file was loaded"),
            file=file_name,
            missing=", ".join(missing),
            found=listed,
        )
    return list(_unknown_columns(dataset, names, file_name))


def _unknown_columns(dataset: Dataset, names: Sequence[str], file_name: str) -> Iterator[Remark]:
    for name in names:
        if name in dataset.names or name in ("", WHY):
            continue
        near = get_close_matches(name, [known for known in dataset.names if known not in names], n=1)
        if near:
            yield Remark(
                gettext("%(file)s: column %(column)s is not used; did you mean %(near)s?"),
                {"file": file_name, "column": name, "near": near[0]},
            )
        else:
            yield Remark(gettext("%(file)s: column %(column)s is not used"), {"file": file_name, "column": name})


def _suitable(
    engine: duckdb.DuckDBPyConnection, dataset: Dataset, columns: Sequence[_SourceColumn], scan: str, file_name: str
) -> Iterator[_SourceColumn]:
    """The columns whose cells can be what the contract asks for; one without any value has no type to speak of."""
    kinds = {column.name: column.kind for column in dataset.columns}
    for column in columns:
        if column.type.suits(kinds[column.name]):
            yield column
            continue
        query = f"SELECT 1 FROM {scan} WHERE {_quoted(column.identifier)} IS NOT NULL LIMIT 1"
        if engine.execute(query).fetchone():
            raise FileUnusable(
                gettext("%(file)s: column %(column)s holds %(type)s where %(needed)s is needed"),
                file=file_name,
                column=column.name,
                type=column.type.name,
                needed=kinds[column.name].value,
            )
