"""The lake's questions on DuckDB, in this process."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from kanmon.engines.engine import LakeEngine, Work
from kanmon.lake.event import SCHEMAS
from kanmon.lake.files.ibis_connection import opened_by_ibis, parquet
from kanmon.lake.files.manifest import LakeFolder


class DuckDBEngine:
    """See `engines.engine.LakeEngine`."""

    def __init__(self, con: Backend, folder: LakeFolder) -> None:
        self._con = con
        self._folder = folder
        self._numbers = itertools.count()

    def lake(self, table: str) -> ir.Table:
        """See `engines.engine.LakeEngine`."""
        return parquet(self._con, self._folder.paths(table), SCHEMAS[table])

    def made(self, rows: pa.Table) -> ir.Table:
        """See `engines.engine.LakeEngine`."""
        return self._con.create_table(f"made_{next(self._numbers)}", rows, temp=True)

    def keep(self, table: ir.Table) -> ir.Table:
        """See `engines.engine.LakeEngine`.

        A join hands on a few rows at a time, and a table takes in few as dearly as many: they are gathered first.
        """
        name, rows = f"kept_{next(self._numbers)}", self._con.compile(table)
        self._con.raw_sql(f"CREATE TEMP TABLE {name} AS WITH gathered AS MATERIALIZED ({rows}) FROM gathered")
        return self._con.table(name)

    def fetched(self, table: ir.Table) -> pa.Table:
        """See `engines.engine.LakeEngine`."""
        return table.to_pyarrow()

    def worked(self, table: ir.Table, order: Sequence[str], work: Work, schema: pa.Schema) -> pa.Table:
        """See `engines.engine.LakeEngine`."""
        return work(table.order_by(list(order)).to_pyarrow()).cast(schema)


class OpenDuckDB:
    """See `engines.engine.OpenEngine`."""

    def __init__(self, lake: LakeFolder | Path, memory_limit: str = "2500MB") -> None:
        self.folder = LakeFolder.at(lake)
        self._memory_limit = memory_limit

    @contextmanager
    def __call__(self) -> Iterator[LakeEngine]:
        """See `engines.engine.OpenEngine`."""
        with opened_by_ibis(self.folder, self._memory_limit) as con:
            con.raw_sql("SET preserve_insertion_order = false")  # the last query orders; keeping order before is dear
            yield DuckDBEngine(con, self.folder)
