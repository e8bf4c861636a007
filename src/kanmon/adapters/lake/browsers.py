"""What the lake knows of browsers, on DuckDB."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from kanmon.adapters.lake.manifest import LakeFolder, begun_again
from kanmon.ids import ClientId
from kanmon.lake.browser import counts
from kanmon.lake.event import EVENT_SCHEMA, IDENTITY_SCHEMA, NAME_SCHEMA
from kanmon.lake.query import whole_ms
from kanmon.linkage.browsers import BrowserSummary, MemberAsked


class DuckDBBrowsers:
    """See `linkage.browsers.Browsers`."""

    def __init__(self, lake: Path, memory_limit: str = "1GB") -> None:
        self._folder = LakeFolder(lake)
        self._memory_limit = memory_limit

    @begun_again
    def summary(self, asked: Sequence[MemberAsked]) -> Mapping[ClientId, BrowserSummary]:
        """See `linkage.browsers.Browsers`."""
        if not asked or not self._folder.paths("identity"):
            return {}
        clients = sorted({one.client_id for one in asked})
        number_of = {client: number for number, client in enumerate(clients)}
        members = pa.table(
            {
                "row": pa.array([number_of[one.client_id] for one in asked], pa.int32()),
                "member": pa.array([one.member_no for one in asked], pa.int32()),
                "as_of": whole_ms([one.as_of for one in asked]),
            }
        )
        con = ibis.duckdb.connect(memory_limit=self._memory_limit, temp_directory=str(self._folder.fresh_spill()))
        con.raw_sql("SET enable_progress_bar = false")
        try:
            tables = (self._table(con, name, schema) for name, schema in _TABLES.items())
            found = counts(con.create_table("asked", members, temp=True), *tables).to_pyarrow().to_pylist()
        finally:
            con.disconnect()
        return {clients[row.pop("row")]: BrowserSummary(**row) for row in found}

    def _table(self, con: Backend, table: str, schema: pa.Schema) -> ibis.Table:
        paths = self._folder.paths(table)
        return con.read_parquet(paths) if paths else con.create_table(table, schema.empty_table(), temp=True)


def known_cookies(lake: Path) -> pa.Array:
    """Every browser that an event or a login named."""
    paths = LakeFolder(lake).paths("name")
    names = pa.concat_tables([pq.read_table(path) for path in paths]) if paths else NAME_SCHEMA.empty_table()
    return names.filter(pc.equal(names["space"], "cookie"))["name"].drop_null().combine_chunks()


_TABLES = {"identity": IDENTITY_SCHEMA, "event": EVENT_SCHEMA}
