"""The lake as a backend of Ibis. Apart from `connection`, since Ibis loads longer than all else there."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from kanmon.lake.files.connection import opened
from kanmon.lake.files.manifest import LakeFolder
from kanmon.lake.files.sql import literal


@contextmanager
def opened_by_ibis(folder: LakeFolder, memory_limit: str, *, is_alone: bool = True) -> Iterator[Backend]:
    """A connection as `connection.opened` makes it, as a backend of Ibis."""
    with opened(folder, memory_limit, is_alone=is_alone) as con:
        yield ibis.duckdb.from_connection(con)


def parquet(con: Backend, paths: Sequence[str], schema: pa.Schema) -> ir.Table:
    """The rows of all these files; none where there are no files. Ibis's own way would install an extension for S3."""
    name = f"lake_{secrets.token_hex(8)}"
    if not paths:
        return con.create_table(name, schema.empty_table(), temp=True)
    con.raw_sql(f"CREATE TEMP VIEW {name} AS FROM read_parquet([{', '.join(map(literal, paths))}])")
    return con.table(name)
