"""The lake's questions on DuckDB, in this process."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from kanmon.adapters.engines.engine import LakeEngine, OpenEngine, Work
from kanmon.adapters.lake.connection import opened_by_ibis, parquet
from kanmon.adapters.lake.manifest import LakeFolder
from kanmon.lake.event import SCHEMAS


class DuckDBEngine:
    """See `adapters.engines.engine.LakeEngine`."""

    def __init__(self, con: Backend, folder: LakeFolder) -> None:
        self._con = con
        self._folder = folder
        self._numbers = itertools.count()

    def lake(self, table: str) -> ir.Table:
        """See `adapters.engines.engine.LakeEngine`."""
        return parquet(self._con, self._folder.paths(table), SCHEMAS[table])

    def made(self, rows: pa.Table) -> ir.Table:
        """See `adapters.engines.engine.LakeEngine`."""
        return self._con.create_table(f"made_{next(self._numbers)}", rows, temp=True)

    def keep(self, table: ir.Table) -> ir.Table:
        """See `adapters.engines.engine.LakeEngine`."""
        return self._con.create_table(f"kept_{next(self._numbers)}", table, temp=True)

    def fetched(self, table: ir.Table) -> pa.Table:
        """See `adapters.engines.engine.LakeEngine`."""
        return table.to_pyarrow()

    def worked(self, table: ir.Table, order: Sequence[str], work: Work, schema: pa.Schema) -> pa.Table:
        """See `adapters.engines.engine.LakeEngine`."""
        return work(table.order_by(list(order)).to_pyarrow()).cast(schema)


def duckdb_engine(lake: LakeFolder | Path, memory_limit: str = "2500MB") -> OpenEngine:
    """Opens DuckDB over a lake."""
    folder = LakeFolder.at(lake)

    @contextmanager
    def engine() -> Iterator[LakeEngine]:
        with opened_by_ibis(folder, memory_limit) as con:
            con.raw_sql("SET preserve_insertion_order = false")  # the last query orders; keeping order before is dear
            yield DuckDBEngine(con, folder)

    return engine
