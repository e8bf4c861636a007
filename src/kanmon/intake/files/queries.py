"""What is alike for queries to any database: one SELECT, and rows as Parquet takes them."""

from collections.abc import Sequence

import pyarrow as pa

BATCH_ROWS = 50_000


class UnfitSource(ValueError):
    """A source that can't be meant; its words are ours."""


def single(query: str) -> str:
    """One SELECT: as a part of ours, anything else is an error of its language, and nothing may follow it."""
    found = query.strip().rstrip(";")
    if ";" in found:
        raise UnfitSource("a query is one SELECT, and may hold no ; anywhere")
    return found


def schema_of(columns: Sequence[tuple[str, pa.DataType]]) -> pa.Schema:
    """The schema of columns with their types; `UnfitSource` where two have one name."""
    if len({name for name, _ in columns}) < len(columns):
        raise UnfitSource("two columns of the query have one name: give each its own")
    return pa.schema(columns)


def table_of(rows: Sequence[Sequence[object]], schema: pa.Schema) -> pa.Table:
    """Rows as a driver gives them; what the schema has as text is written out."""
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    texts = [pa.types.is_string(field.type) for field in schema]
    said = [
        [None if value is None else str(value) for value in column] if is_text else column
        for column, is_text in zip(columns, texts, strict=True)
    ]
    return pa.table([pa.array(column, kind) for column, kind in zip(said, schema.types, strict=True)], schema=schema)
