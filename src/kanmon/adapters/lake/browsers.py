"""What the lake knows of browsers, on DuckDB."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from kanmon.adapters.lake.connection import opened_by_ibis, parquet
from kanmon.adapters.lake.manifest import LakeFolder
from kanmon.ids import ClientId
from kanmon.lake.browser import counts
from kanmon.lake.event import EVENT_SCHEMA, IDENTITY_SCHEMA, NAME_SCHEMA
from kanmon.lake.query import whole_ms
from kanmon.linkage.browsers import BrowserSummary, MemberAsked


class DuckDBBrowsers:
    """See `linkage.browsers.Browsers`."""

    def __init__(self, lake: LakeFolder | Path, memory_limit: str = "1GB") -> None:
        self._folder = LakeFolder.at(lake)
        self._memory_limit = memory_limit

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
        with opened_by_ibis(self._folder, self._memory_limit) as con:
            tables = (parquet(con, self._folder.paths(name), schema) for name, schema in _TABLES.items())
            found = counts(con.create_table("asked", members, temp=True), *tables).to_pyarrow().to_pylist()
        return {clients[row.pop("row")]: BrowserSummary(**row) for row in found}


def known_cookies(lake: LakeFolder | Path) -> pa.Array:
    """Every browser that an event or a login named."""
    tables = LakeFolder.at(lake).tables("name")
    names = pa.concat_tables(tables) if tables else NAME_SCHEMA.empty_table()
    return names.filter(pc.equal(names["space"], "cookie"))["name"].drop_null().combine_chunks()


_TABLES = {"identity": IDENTITY_SCHEMA, "event": EVENT_SCHEMA}
