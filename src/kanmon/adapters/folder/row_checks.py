"""Row checks as SQL: what each cell is as written, what it is as the contract's type, and what is wrong with it.

Every row is judged in one pass. `w_NAME` is a cell as written with blank ones null, `t_NAME` the same in its type,
`fault_no` the place in `faults` of the first thing wrong with the row, null for a good one.
"""
# ruff: noqa: S608 - the SQL is put together from the contract's columns, never from what a file says

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from kanmon.adapters.folder.columns import Column, Dataset, Kind
from kanmon.refused import Fault

_BLANKS = "' ' || chr(9) || chr(10) || chr(13) || chr(12288) || chr(160) || chr(65279)"
_PLAIN = "[!-~]+"
_LONGEST_TEXT = 256
_ISO_TIME = r"\d{4}-\d\d-\d\d([T ]([01]\d|2[0-4]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)?)?"
_ISO_DATE = r"\d{4}-\d\d-\d\d"
_WITHOUT_SECONDS = r"^(.{10}[T ]\d\d:\d\d)([Z+-].*)$"
_HAS_OFFSET = r"[Z+]|T.*-| .*-"
_EARLIEST = {Kind.TIME: "TIMESTAMPTZ '1990-01-01 00:00:00+00'", Kind.DATE: "DATE '1900-01-01'"}
_UNREADABLE = {
    Kind.TIME: Fault.NOT_A_TIME,
    Kind.DATE: Fault.NOT_A_DATE,
    Kind.COUNT: Fault.NOT_A_NUMBER,
    Kind.FLAG: Fault.NOT_A_BOOLEAN,
}
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_BROKEN = ("FLOAT", "DOUBLE", "DECIMAL")
_ZONELESS = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "DATE")
_ZONED = ("TIMESTAMP WITH TIME ZONE",)
_WRITTEN = ("VARCHAR", "ENUM", "UUID")
_SUITABLE = {
    Kind.TEXT: (*_WRITTEN, *_WHOLE, *_BROKEN, *_ZONELESS, *_ZONED, "BOOLEAN"),
    Kind.TIME: (*_WRITTEN, *_ZONELESS, *_ZONED),
    Kind.DATE: (*_WRITTEN, *_ZONELESS, *_ZONED),
    Kind.COUNT: (*_WRITTEN, *_WHOLE, *_BROKEN),
    Kind.FLAG: (*_WRITTEN, *_WHOLE, "BOOLEAN"),
}


@dataclass(frozen=True)
class CellType:
    """The DuckDB type of a column as its file has it."""

    name: str

    @property
    def family(self) -> str:
        """The type without its parameters."""
        return self.name.partition("(")[0]

    @property
    def is_text(self) -> bool:
        """Whether cells are written words."""
        return self.family in _WRITTEN

    @property
    def is_zoneless(self) -> bool:
        """Whether cells are times that know no zone."""
        return self.family in _ZONELESS

    def suits(self, kind: Kind) -> bool:
        """Whether cells of this type can be what the contract asks for."""
        return self.family in _SUITABLE[kind]


@dataclass(frozen=True)
class RowFault:
    """One way in which a row can be wrong: the column told, why, and the SQL condition."""

    column: str
    fault: Fault
    condition: str


class RowChecks:
    """The checks of one table over those of its columns that its file has, each of a type that suits."""

    def __init__(self, dataset: Dataset, found: Mapping[str, CellType], now: datetime) -> None:
        self._dataset = dataset
        self._found = found
        self._now = now
        self.faults = tuple(self._faults())

    def checked(self, source: str) -> str:
        """A query over `source`, which has `line` and the columns found: every row, judged."""
        columns = self._dataset.columns
        written = ", ".join(f"{self._written(column)} AS w_{column.name}" for column in columns)
        typed = ", ".join(f"{self._typed(column)} AS t_{column.name}" for column in columns)
        cases = " ".join(f"WHEN {fault.condition} THEN {number}" for number, fault in enumerate(self.faults))
        return (
            f"SELECT *, CASE {cases} END AS fault_no FROM (SELECT *, {typed} FROM (SELECT *, {written} FROM {source}))"
        )

    def changed(self, source: str) -> str:
        """A query for how many rows `good` leaves out, or tells otherwise than a source in the contract's types."""
        differs = " OR ".join(f"t_{name} IS DISTINCT FROM {name}" for name in self._found)
        return f"SELECT count(*) FROM ({self.checked(source)}) WHERE fault_no IS NOT NULL OR {differs}"

    def good(self, source: str) -> str:
        """A query for the good rows in the contract's types."""
        columns = ", ".join(f"t_{name} AS {name}" for name in self._dataset.names)
        return f"SELECT line, {columns} FROM ({self.checked(source)}) WHERE fault_no IS NULL"

    def bad(self, source: str) -> str:
        """A query for the bad rows: line, fault_no, value as written. Rows without any cell are no rows."""
        values = " ".join(
            f"WHEN {number} THEN CAST(w_{fault.column} AS VARCHAR)" for number, fault in enumerate(self.faults)
        )
        has_cells = " OR ".join(f"w_{name} IS NOT NULL" for name in self._dataset.names)
        return (
            f"SELECT line, fault_no, coalesce(CASE fault_no {values} END, '') AS value"
            f" FROM ({self.checked(source)}) WHERE fault_no IS NOT NULL AND ({has_cells})"
        )

    def zoneless(self, source: str) -> str:
        """A query for one row with a time that was taken as Asia/Tokyo for want of an offset."""
        times = [column for column in self._dataset.columns if column.kind is Kind.TIME and column.name in self._found]
        conditions = [
            f"NOT regexp_matches({self._written(column)}, '{_HAS_OFFSET}')"
            f" AND {_time_of(self._written(column))} IS NOT NULL"
            if self._found[column.name].is_text
            else f"{column.name} IS NOT NULL"
            for column in times
            if self._found[column.name].is_text or self._found[column.name].is_zoneless
        ]
        return f"SELECT 1 FROM {source} WHERE {' OR '.join(conditions) or 'false'} LIMIT 1"

    def _written(self, column: Column) -> str:
        found, name = self._found.get(column.name), column.name
        if found is None:
            return "CAST(NULL AS VARCHAR)"
        if found.is_text:
            text = f"CAST({name} AS VARCHAR)"
            trimmed = f"nullif(trim({text}, {_BLANKS}), '')"  # dear: most cells are plain letters and need none of it
            return f"CASE WHEN regexp_full_match({text}, '{_PLAIN}') THEN {text} ELSE {trimmed} END"
        if found.family in ("FLOAT", "DOUBLE") and column.kind is not Kind.COUNT:
            name = f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END"
        if column.kind is Kind.TEXT:
            is_whole = f"{name} = trunc({name}) AND abs({name}) < 9e15" if found.family in _BROKEN else "false"
            return f"CASE WHEN {is_whole} THEN CAST(CAST({name} AS BIGINT) AS VARCHAR) ELSE CAST({name} AS VARCHAR) END"
        return name

    def _typed(self, column: Column) -> str:
        found = self._found.get(column.name)
        written = f"w_{column.name}"
        if found is None:
            return f"CAST({column.default or 'NULL'} AS {column.kind})"
        match column.kind:
            case Kind.TEXT:
                return f"lower({written})" if column.is_hash else written
            case Kind.TIME if found.is_text:
                return _time_of(written)
            case Kind.DATE if found.is_text:
                is_iso = f"regexp_full_match({written}, '{_ISO_DATE}')"
                return f"CASE WHEN {is_iso} THEN TRY_CAST({written} AS DATE) END"
            case Kind.COUNT:
                return f"coalesce({_count_of(written, found)}, CASE WHEN {written} IS NULL THEN {column.default} END)"
            case Kind.FLAG:
                return (
                    f"CASE WHEN lower(CAST({written} AS VARCHAR)) IN ('true', '1', 'yes') THEN true"
                    f" WHEN lower(CAST({written} AS VARCHAR)) IN ('false', '0', 'no') THEN false END"
                )
            case _:
                return f"TRY_CAST({written} AS {column.kind})"

    def _faults(self) -> Iterator[RowFault]:
        for column in self._dataset.columns:
            yield from self._cell_faults(column)
        if self._dataset.any_of:
            none = " AND ".join(f"t_{name} IS NULL" for name in self._dataset.any_of)
            yield RowFault(self._dataset.any_of[0], Fault.NO_ID, none)
        if "as_of" in self._dataset.names:
            yield RowFault("as_of", Fault.BEFORE_APPLIED_AT, "t_as_of < t_applied_at")

    def _cell_faults(self, column: Column) -> Iterator[RowFault]:
        written, typed = f"w_{column.name}", f"t_{column.name}"
        if column.is_required:
            yield RowFault(column.name, Fault.MISSING, f"{written} IS NULL")
        if column.name not in self._found:
            return
        if column.kind in _UNREADABLE:
            unread = f"{written} IS NOT NULL AND {typed} IS NULL"
            yield RowFault(column.name, _UNREADABLE[column.kind], unread)
        if column.kind in _EARLIEST:
            latest = f"TIMESTAMPTZ '{(self._now + column.latest).astimezone(UTC):%Y-%m-%d %H:%M:%S}+00'"
            yield RowFault(column.name, Fault.TOO_EARLY, f"{typed} < {_EARLIEST[column.kind]}")
            yield RowFault(column.name, Fault.IN_THE_FUTURE, f"{typed} > CAST({latest} AS {column.kind})")
        if column.is_hash:
            yield RowFault(column.name, Fault.NOT_A_HASH, f"NOT regexp_full_match({typed}, '[0-9a-f]{{64}}')")
        elif column.allowed:
            yield RowFault(column.name, Fault.NOT_ALLOWED, f"{typed} NOT IN {column.allowed}")
        elif column.kind is Kind.TEXT:
            yield RowFault(column.name, Fault.TOO_LONG, f"length({typed}) > {_LONGEST_TEXT}")
            yield RowFault(column.name, Fault.NOT_ALLOWED, f"contains({typed}, chr(0))")


def _time_of(written: str) -> str:
    """An instant from ISO 8601; DuckDB wants seconds before an offset, and takes the session's zone for none."""
    with_seconds = f"regexp_replace({written}, '{_WITHOUT_SECONDS}', '\\1:00\\2')"
    instant = f"coalesce(TRY_CAST({written} AS TIMESTAMPTZ), TRY_CAST({with_seconds} AS TIMESTAMPTZ))"
    return f"CASE WHEN regexp_full_match({written}, '{_ISO_TIME}') THEN {instant} END"


def _count_of(written: str, found: CellType) -> str:
    if found.is_text:
        return f"CASE WHEN regexp_full_match({written}, '\\d+(\\.0+)?') THEN TRY_CAST({written} AS INTEGER) END"
    is_count = f"{written} >= 0" + (f" AND {written} = trunc({written})" if found.family in _BROKEN else "")
    return f"CASE WHEN {is_count} THEN TRY_CAST({written} AS INTEGER) END"
