"""Features computed by DuckDB over the lake's Parquet files."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from kanmon.adapters.lake.manifest import LakeFolder, begun_again
from kanmon.features.definition import NAMES
from kanmon.features.expression import features
from kanmon.features.service import FeatureTable
from kanmon.lake.event import EVENT_SCHEMA, IDENTITY_SCHEMA, NAME_SCHEMA
from kanmon.lake.query import Cleared, cleared_table, corrected_subjects, not_theirs_table, subjects_of


class DuckDBFeatures:
    """See `features.service.FeatureEngine`."""

    def __init__(self, lake: Path, memory_limit: str = "2500MB") -> None:
        self._folder = LakeFolder(lake)
        self._memory_limit = memory_limit

    @begun_again
    def compute(self, cleared: Sequence[Cleared]) -> FeatureTable:
        """The features of all cleared people in one pass over the lake, in the order given."""
        asked = cleared_table(cleared)
        with self._connected() as con:
            cases = self._cases(con, asked)
            numbers = itertools.count()

            def keep(table: ir.Table) -> ir.Table:
                return con.create_table(f"kept_{next(numbers)}", table, temp=True)

            subjects = keep(subjects_of(cases, self._table(con, "identity", IDENTITY_SCHEMA)))
            events = self._table(con, "event", EVENT_SCHEMA)
            found = features(cases, subjects, events, keep, self._corrected(con, cleared)).to_pyarrow()
        columns = {"client": asked["client"], **{name: found[name] for name in NAMES}}
        return FeatureTable(pa.table(columns))

    def _cases(self, con: Backend, asked: pa.Table) -> ir.Table:
        """The cleared with their client's numbers: `cohort` among those asked, `own_target` in the dictionary."""
        clients = sorted(set(asked["client"].to_pylist()))
        names = self._table(con, "name", NAME_SCHEMA)
        targets = names.filter(names.space == "target").to_pyarrow()
        code_of = dict(zip(targets["name"].to_pylist(), targets["code"].to_pylist(), strict=True))
        own = pa.table(
            {
                "client": pa.array(clients, pa.string()),
                "cohort": pa.array(range(len(clients)), pa.int32()),
                "own_target": pa.array([code_of.get(client, -1) for client in clients], pa.int32()),
            }
        )
        cases = con.create_table("asked", asked, temp=True).join(con.create_table("own", own, temp=True), "client")
        browsers = names.filter(names.space == "cookie").select(cookie_id="name", cookie="code")
        found = cases.left_join(browsers, "cookie_id").drop("client", "cookie_id", "cookie_id_right")
        return con.create_table("cases", found, temp=True)

    def _corrected(self, con: Backend, cleared: Sequence[Cleared]) -> ir.Table | None:
        """What doesn't count for whom; None where nothing was ever corrected, which costs nothing."""
        corrections = not_theirs_table([(one.clearance.member_no, one.not_theirs) for one in cleared])
        if not corrections.num_rows:
            return None
        names = self._table(con, "name", NAME_SCHEMA)
        browsers = names.filter(names.space == "cookie").select(cookie_id="name", cookie="code")
        asked = con.create_table("corrections", corrections, temp=True)
        return con.create_table("corrected", corrected_subjects(asked, browsers), temp=True)

    def _table(self, con: Backend, table: str, schema: pa.Schema) -> ir.Table:
        paths = self._folder.paths(table)
        return con.read_parquet(paths) if paths else con.create_table(table, schema.empty_table(), temp=True)

    @contextmanager
    def _connected(self) -> Iterator[Backend]:
        con = ibis.duckdb.connect(memory_limit=self._memory_limit, temp_directory=str(self._folder.fresh_spill()))
        con.raw_sql("SET enable_progress_bar = false")
        con.raw_sql("SET preserve_insertion_order = false")  # the last query orders; keeping order on the way is dear
        try:
            yield con
        finally:
            con.disconnect()
