"""Many rows into one table by COPY, from Python's values or from Arrow's batches."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from psycopg import sql
from psycopg.copy import QueuedLibpqWriter
from psycopg.types.json import JsonbDumper
from sqlalchemy import Connection

_CSV = pyarrow.csv.WriteOptions(include_header=False)


def _silent(_: int) -> None:
    """Tell nobody how far the work is."""


def copy_rows(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Append rows, and how many; lists become arrays, dictionaries JSON, aware datetimes instants."""
    with _cursor(connection) as cursor:
        cursor.adapters.register_dumper(dict, JsonbDumper)
        with cursor.copy(_statement(table, columns, "")) as copy:
            for row in rows:
                copy.write_row(row)
        return cursor.rowcount


def copy_batches(
    connection: Connection,
    table: str,
    batches: Iterable[pa.RecordBatch],
    advance: Callable[[int], None] = _silent,
) -> int:
    """Append batches of one schema by their columns' names, and how many rows; holds one batch at a time.

    Null stays apart from the empty string: Arrow quotes every string it writes, and nulls are left unquoted.
    """
    rows = 0
    remaining = iter(batches)
    first = next(remaining, None)
    if first is None:
        return rows
    statement = _statement(table, first.schema.names, " (FORMAT csv)")
    with _cursor(connection) as cursor, cursor.copy(statement, writer=QueuedLibpqWriter(cursor)) as copy:
        for batch in chain([first], remaining):
            text = pa.BufferOutputStream()
            pyarrow.csv.write_csv(_with_written_instants(batch), text, _CSV)
            copy.write(memoryview(text.getvalue()))
            rows += batch.num_rows
            advance(batch.num_rows)
    return rows


def copy_out(connection: Connection, query: sql.Composed, types: Mapping[str, pa.DataType]) -> pa.Table:
    """The rows of a query as an Arrow table, by COPY; `types` of its columns, in their order."""
    text = pa.BufferOutputStream()
    with _cursor(connection) as cursor, cursor.copy(sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(query)) as copy:
        for block in copy:
            text.write(block)
    content = text.getvalue()
    if not content.size:
        return pa.schema(types.items()).empty_table()
    return pyarrow.csv.read_csv(
        pa.BufferReader(content),
        pyarrow.csv.ReadOptions(column_names=list(types)),
        pyarrow.csv.ParseOptions(newlines_in_values=True),
        pyarrow.csv.ConvertOptions(
            column_types=types, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )


def copy_typed(connection: Connection, query: sql.Composed, types: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The rows of a query by COPY in binary; `types` are PostgreSQL's names of its columns' types, in their order."""
    with (
        _cursor(connection) as cursor,
        cursor.copy(sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(query)) as copy,
    ):
        copy.set_types(types)
        yield from copy.rows()


def binary_rows(connection: Connection, query: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """The rows of a query of the driver's own with `%(names)s`, which it prepares; bytes come as they are."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    with driver.cursor(binary=True) as cursor:
        return cursor.execute(query, values).fetchall()


def _with_written_instants(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with text in place of instants: Arrow writes times of a zone ten times slower than those of none."""
    for place, kind in enumerate(batch.schema.types):
        if pa.types.is_timestamp(kind) and kind.tz is not None:
            in_utc = batch.column(place).cast(pa.timestamp(kind.unit)).cast(pa.string())
            batch = batch.set_column(place, batch.schema.names[place], pc.binary_join_element_wise(in_utc, "Z", ""))
    return batch


def _cursor(connection: Connection) -> psycopg.Cursor[tuple[object, ...]]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver.cursor()


def _statement(table: str, columns: Sequence[str], form: str) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) FROM STDIN" + form).format(sql.Identifier(table), names)
