"""Row checks as SQL: what each cell is as written, what it is as the contract's type, and what is wrong with it.

Every row is judged in one pass. `d_NAME` is whether a text is not plain, `w_NAME` a cell as written with blank ones
null, or a text as `kanmon.core.canonical` has it, `t_NAME` the same in its type, `fault_no` the place in `faults` of
the first thing wrong with the row, null for a good one.
"""
# ruff: noqa: S608 - the SQL is put together from the contract's columns, never from what a file says

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from kanmon.core.canonical import TextForm
from kanmon.core.faults import Fault
from kanmon.intake.files.rows.canonical_sql import canonical_text, is_plain, text_faults
from kanmon.intake.files.rows.columns import CellKind, Column, Dataset
from kanmon.intake.files.rows.moments import HAS_OFFSET, late_reading, latest_of
from kanmon.intake.files.rows.written_moments import iso_date, iso_moment, whole_number

_BLANKS = "' ' || chr(9) || chr(10) || chr(13) || chr(12288) || chr(160) || chr(65279)"
_PLAIN = "[!-~]+"
_DIGITS = "[0-9]+"
_LONGEST_TEXT = 256
_ISO_TIME = r"\d{4}-\d\d-\d\d([T ]([01]\d|2[0-4]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)?)?"
_ISO_DATE = r"\d{4}-\d\d-\d\d"
_WITHOUT_SECONDS = r"^(.{10}[T ]\d\d:\d\d)([Z+-].*)$"
_EARLIEST = {CellKind.TIME: "TIMESTAMPTZ '1990-01-01 00:00:00+00'", CellKind.DATE: "DATE '1900-01-01'"}
_UNREADABLE = {
    CellKind.TIME: Fault.NOT_A_TIME,
    CellKind.DATE: Fault.NOT_A_DATE,
    CellKind.COUNT: Fault.NOT_A_NUMBER,
    CellKind.FLAG: Fault.NOT_A_BOOLEAN,
}
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_BROKEN = ("FLOAT", "DOUBLE", "DECIMAL")
_TRUE, _FALSE = ("true", "1", "yes", "y", "t", "はい", "可"), ("false", "0", "no", "n", "f", "いいえ", "不可")
_EXACT_BELOW = {"FLOAT": 2**24, "DOUBLE": 2**53}
"""Up to where a floating-point number tells each whole number from its neighbours."""
_ZONELESS = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "DATE")
_ZONED = ("TIMESTAMP WITH TIME ZONE",)
_WRITTEN = ("VARCHAR", "ENUM", "UUID")
_SUITABLE = {
    CellKind.TEXT: (*_WRITTEN, *_WHOLE, *_BROKEN, *_ZONELESS, *_ZONED, "BOOLEAN"),
    CellKind.TIME: (*_WRITTEN, *_ZONELESS, *_ZONED),
    CellKind.DATE: (*_WRITTEN, *_ZONELESS, *_ZONED),
    CellKind.COUNT: (*_WRITTEN, *_WHOLE, *_BROKEN),
    CellKind.FLAG: (*_WRITTEN, *_WHOLE, "BOOLEAN"),
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

    @property
    def is_zoned(self) -> bool:
        """Whether cells are instants, whatever zone they are shown in."""
        return self.family in _ZONED

    def suits(self, kind: CellKind) -> bool:
        """Whether cells of this type can be what the contract asks for."""
        return self.family in _SUITABLE[kind]


@dataclass(frozen=True)
class RowCheck:
    """One way in which a row can be wrong: the column told, why, and the SQL condition."""

    column: str
    fault: Fault
    condition: str
    guard: str = ""
    """A column without which the condition need not be looked at: most rows are plain, and many conditions dear."""

    @property
    def holds(self) -> str:
        """The condition, guard and all."""
        return f"({self.guard} AND {self.condition})" if self.guard else self.condition


class RowChecks:
    """The checks of one table over those of its columns that its file has, each of a type that suits."""

    def __init__(self, dataset: Dataset, found: Mapping[str, CellType], now: datetime) -> None:
        self._dataset = dataset
        self._found = found
        self._now = now
        self.faults = tuple(self._faults())
        self.losses = tuple(self._losses())
        """What costs a value, not its row."""

    def checked(self, source: str) -> str:
        """A query over `source`, which has `line` and the columns found: every row, judged."""
        columns = self._dataset.columns
        source = self._doubted(source)
        written = ", ".join(f"{self._written(column)} AS w_{column.name}" for column in columns)
        typed = ", ".join(f"{self._typed(column)} AS t_{column.name}" for column in columns)
        first = ", ".join(self._first_faults())
        return (
            f"SELECT *, coalesce({first}) AS fault_no FROM (SELECT *, {typed} FROM (SELECT *, {written} FROM {source}))"
        )

    def changed(self, source: str) -> str:
        """A query for how many rows `good` leaves out, or tells otherwise than a source in the contract's types."""
        differs = " OR ".join(f"t_{name} IS DISTINCT FROM {name}" for name in self._found)
        return f"SELECT count(*) FROM ({self.checked(source)}) WHERE fault_no IS NOT NULL OR {differs}"

    def good(self, source: str, *, is_mixed: bool = False) -> str:
        """A query for the good rows in the contract's types; `is_mixed` where only some times have an offset."""
        columns = ", ".join(f"{self._taken(column, is_mixed)} AS {column.name}" for column in self._dataset.columns)
        if self._dataset.moment:
            name = self._dataset.moment
            latest = latest_of(f"t_{name}", f"w_{name}", self._found[name], is_mixed=is_mixed)
            columns += f", {latest} AS latest_at, {_instant(self._now)} AS known_at"
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

    def lost(self, source: str) -> str:
        """A query for the values that `good` leaves out of good rows: line, place in `losses`, value as written.

        `might_lose` finds out faster whether there are any.
        """
        each = []
        for column in dict.fromkeys(loss.column for loss in self.losses):
            numbered = [pair for pair in enumerate(self.losses) if pair[1].column == column]
            first = f"CASE {' '.join(f'WHEN {loss.holds} THEN {number}' for number, loss in numbered)} END"
            each.append(
                f"SELECT line, {first} AS loss_no, CAST({column} AS VARCHAR) AS value FROM judged"
                " WHERE fault_no IS NULL AND loss_no IS NOT NULL"
            )
        cases = " UNION ALL ".join(each)
        return f"WITH judged AS MATERIALIZED ({self.checked(source)}) {cases}"

    def might_lose(self, source: str) -> str:
        """A query for one row with a value that `good` leaves out, whether or not the row is good."""
        doubted = [column for column in self._dataset.columns if column.name in self._found and not column.costs_row]
        if not doubted:
            return "SELECT 1 WHERE false"
        written = ", ".join(f"{self._written(column)} AS w_{column.name}" for column in doubted)
        typed = ", ".join(f"{self._typed(column)} AS t_{column.name}" for column in doubted)
        rows = f"(SELECT *, {typed} FROM (SELECT *, {written} FROM {self._doubted(source)}))"
        return f"SELECT 1 FROM {rows} WHERE {' OR '.join(loss.holds for loss in self.losses)} LIMIT 1"

    def as_written(self, source: str, lines: str) -> str:
        """A query for the cells of the rows in the table `lines`, as text, just as the file has them."""
        cells = ", ".join(
            f"CAST({column.name if column.name in self._found else 'NULL'} AS VARCHAR) AS {column.name}"
            for column in self._dataset.columns
        )
        return f"SELECT line, {cells} FROM {source} WHERE line IN (SELECT line FROM {lines})"

    def zoneless(self, source: str) -> str:
        """A query for one row with a time that was taken as Asia/Tokyo for want of an offset."""
        return self._has_time(source, "NOT", [column for column in self._times() if not self._is_zoned(column)])

    def rewritten(self, source: str) -> str:
        """A query for a day or a time of each column that is read though it is not ISO 8601: column, cell, as read."""
        examples = (
            f"(SELECT '{column.name}', cell, {self._written(column)} FROM (SELECT {column.name}, {text} AS cell FROM"
            f" {source}) WHERE NOT (cell[5] = '-' AND cell[8] = '-') AND {self._written(column)} <> trim(cell) LIMIT 1)"
            for column in self._dataset.columns
            if column.kind in _EARLIEST and column.name in self._found and self._found[column.name].is_text
            for text in [f"CAST({column.name} AS VARCHAR)"]
        )
        return " UNION ALL ".join(examples)

    def zoned(self, source: str) -> str:
        """A query for one row with a time that has an offset."""
        return self._has_time(source, "", [column for column in self._times() if not self._is_zoneless(column)])

    def _has_time(self, source: str, negated: str, times: Iterable[Column]) -> str:
        conditions = [
            f"{negated} regexp_matches({self._written(column)}, '{HAS_OFFSET}')"
            f" AND {_time_of(self._written(column))} IS NOT NULL"
            if self._found[column.name].is_text
            else f"{column.name} IS NOT NULL"
            for column in times
        ]
        return f"SELECT 1 FROM {source} WHERE {' OR '.join(conditions) or 'false'} LIMIT 1"

    def _times(self) -> Iterator[Column]:
        for column in self._dataset.columns:
            if column.kind is CellKind.TIME and column.name in self._found:
                yield column

    def _is_zoned(self, column: Column) -> bool:
        return self._found[column.name].is_zoned

    def _is_zoneless(self, column: Column) -> bool:
        return self._found[column.name].is_zoneless

    def _taken(self, column: Column, is_mixed: bool) -> str:
        found, typed = self._found.get(column.name), f"t_{column.name}"
        if found is None or not column.is_read_late:
            return typed
        return late_reading(typed, f"w_{column.name}", found, is_mixed=is_mixed)

    def _first_faults(self) -> Iterator[str]:
        """SQL for the number of the first fault: of those without a guard, then of those behind each guard."""
        for guard in dict.fromkeys(["", *(fault.guard for fault in self.faults)]):
            numbered = [pair for pair in enumerate(self.faults) if pair[1].guard == guard]
            cases = f"CASE {' '.join(f'WHEN {fault.condition} THEN {number}' for number, fault in numbered)} END"
            yield f"CASE WHEN {guard} THEN {cases} END" if guard else cases

    @property
    def _texts(self) -> Sequence[Column]:
        """The columns found whose cells are written, and to be read by the rule for IDs and words."""
        return [
            column
            for column in self._dataset.columns
            if column.name in self._found and self._found[column.name].is_text and column.is_free_text
        ]

    def _doubted(self, source: str) -> str:
        doubts = "".join(f", NOT {is_plain(f'CAST({one.name} AS VARCHAR)')} AS d_{one.name}" for one in self._texts)
        return f"(SELECT *{doubts} FROM {source})"

    def _written(self, column: Column) -> str:
        found, name = self._found.get(column.name), column.name
        if found is None:
            return "CAST(NULL AS VARCHAR)"
        if found.is_text and column.is_free_text:
            text = f"CAST({name} AS VARCHAR)"
            return f"CASE WHEN d_{name} THEN {canonical_text(text, column.form)} ELSE {text} END"
        if found.is_text:
            text = f"CAST({name} AS VARCHAR)"
            plain, mended = self._mended(column, f"nullif(trim({text}, {_BLANKS}), '')")
            return f"CASE WHEN regexp_full_match({text}, '{plain}') THEN {text} ELSE {mended} END"
        if found.family in ("FLOAT", "DOUBLE") and column.kind is not CellKind.COUNT:
            name = f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END"
        if column.kind is CellKind.TEXT:
            is_whole = _is_whole(name, found)
            number = f"CAST(CAST({name} AS HUGEINT) AS VARCHAR)"
            return f"CASE WHEN {is_whole} THEN {number} ELSE CAST({name} AS VARCHAR) END"
        return name

    def _mended(self, column: Column, trimmed: str) -> tuple[str, str]:
        """Which cells are read as they stand, as most are, and SQL for what the others say: it is dear."""
        match column.kind:
            case CellKind.TIME:
                return _ISO_TIME, iso_moment(trimmed)
            case CellKind.DATE:
                return _ISO_DATE, iso_date(trimmed)
            case CellKind.COUNT:
                return _DIGITS, whole_number(trimmed)
            case _:
                return _PLAIN, trimmed

    def _typed(self, column: Column) -> str:
        """The cell in its type; where it is empty, or its value is lost, what stands for an empty one."""
        found, empty = self._found.get(column.name), f"CAST({column.default or 'NULL'} AS {column.kind})"
        if found is None:
            return empty
        read = self._read(column, found)
        if not column.costs_row:
            losses = " OR ".join(f"coalesce({loss.holds}, false)" for loss in self._value_faults(column)) or "false"
            read = f"CASE WHEN {losses} THEN {empty} ELSE {read} END"
        return read if column.default is None else f"CASE WHEN w_{column.name} IS NULL THEN {empty} ELSE {read} END"

    def _read(self, column: Column, found: CellType) -> str:
        """A cell that is as it should be, in its type; null where it can't be read."""
        written = f"w_{column.name}"
        match column.kind:
            case CellKind.TEXT if column.is_hash:
                return f"lower({written})"
            case CellKind.TEXT:
                return written
            case CellKind.TIME if found.is_text:
                return _time_of(written)
            case CellKind.DATE if found.is_text:
                is_iso = f"regexp_full_match({written}, '{_ISO_DATE}')"
                return f"CASE WHEN {is_iso} THEN TRY_CAST({written} AS DATE) END"
            case CellKind.COUNT:
                return _count_of(written, found)
            case CellKind.FLAG:
                word = f"lower(CAST({written} AS VARCHAR))"
                return f"CASE WHEN {word} IN {_TRUE} THEN true WHEN {word} IN {_FALSE} THEN false END"
            case _:
                return f"TRY_CAST({written} AS {column.kind})"

    def _faults(self) -> Iterator[RowCheck]:
        for column in self._dataset.columns:
            yield from self._cell_faults(column)
        if self._dataset.any_of:
            none = " AND ".join(f"t_{name} IS NULL" for name in self._dataset.any_of)
            yield RowCheck(self._dataset.any_of[0], Fault.NO_ID, none)
        if "as_of" in self._dataset.names:
            yield RowCheck("as_of", Fault.BEFORE_APPLIED_AT, "t_as_of < t_applied_at")

    def _cell_faults(self, column: Column) -> Iterator[RowCheck]:
        if column.is_required:
            yield RowCheck(column.name, Fault.MISSING, f"w_{column.name} IS NULL")
        if column.name in self._found and column.costs_row:
            yield from self._value_faults(column)

    def _losses(self) -> Iterator[RowCheck]:
        for column in self._dataset.columns:
            if column.name in self._found and not column.costs_row:
                yield from self._value_faults(column)

    def _value_faults(self, column: Column) -> Iterator[RowCheck]:
        """What can be wrong with a cell that is there; told of the row, or of the value alone."""
        typed = f"t_{column.name}" if column.costs_row else f"({self._read(column, self._found[column.name])})"
        if column.kind in _UNREADABLE:
            yield RowCheck(column.name, _UNREADABLE[column.kind], f"w_{column.name} IS NOT NULL AND {typed} IS NULL")
        if column.kind in _EARLIEST:
            latest = _instant(self._now + column.latest)
            yield RowCheck(column.name, Fault.TOO_EARLY, f"{typed} < {_EARLIEST[column.kind]}")
            yield RowCheck(column.name, Fault.IN_THE_FUTURE, f"{typed} > CAST({latest} AS {column.kind})")
        if column.is_hash:
            yield RowCheck(column.name, Fault.NOT_A_HASH, f"NOT regexp_full_match({typed}, '[0-9a-f]{{64}}')")
        elif column.allowed:
            yield RowCheck(column.name, Fault.NOT_ALLOWED, f"{typed} NOT IN {column.allowed}")
        elif column.kind is CellKind.TEXT:
            yield RowCheck(column.name, Fault.TOO_LONG, f"length({typed}) > {_LONGEST_TEXT}")
            yield RowCheck(column.name, Fault.NOT_ALLOWED, f"contains({typed}, chr(0))")
            yield from self._text_faults(column)

    def _text_faults(self, column: Column) -> Iterator[RowCheck]:
        """What the rule for IDs and words refuses of a text; of numbers and days, what is no ID."""
        found, name = self._found[column.name], column.name
        if found.is_text:
            for fault, shown in text_faults(f"w_{name}", column.form):
                yield RowCheck(name, fault, shown, guard=f"d_{name}")
        elif column.form is TextForm.ID:
            if found.family in _BROKEN:
                yield RowCheck(name, Fault.DIGITS_LOST, f"w_{name} IS NOT NULL AND NOT ({_is_whole(name, found)})")
            if found.family in (*_ZONELESS, *_ZONED):
                yield RowCheck(name, Fault.DATE_IN_PLACE, f"w_{name} IS NOT NULL")
            if found.family == "BOOLEAN":
                yield RowCheck(name, Fault.NOT_ALLOWED, f"w_{name} IS NOT NULL")


def _is_whole(name: str, found: CellType) -> str:
    """Whether a number is surely the whole number that was meant."""
    if found.family not in _BROKEN:
        return "false"
    below = _EXACT_BELOW.get(found.family)
    return f"{name} = trunc({name})" + (f" AND abs({name}) < {below}" if below else "")


def _instant(moment: datetime) -> str:
    return f"TIMESTAMPTZ '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00'"


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
