"""What the lake knows of browsers."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from kanmon.core.ids import ClientId
from kanmon.engines.engine import OpenEngine
from kanmon.lake.browser import counts
from kanmon.lake.event import NAME_SCHEMA
from kanmon.lake.files.manifest import LakeFolder, begun_again
from kanmon.lake.query import whole_ms
from kanmon.linkage.browsers import BrowserSummary, MemberQuery


class LakeBrowsers:
    """See `linkage.browsers.Browsers`."""

    def __init__(self, engine: OpenEngine) -> None:
        self._open = engine
        self._folder = engine.folder

    @begun_again
    def summary(self, asked: Sequence[MemberQuery]) -> Mapping[ClientId, BrowserSummary]:
        """See `linkage.browsers.Browsers`."""
        if not asked:
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
        with self._open() as engine:
            found = counts(engine.made(members), engine.lake("identity"), engine.lake("event"))
            rows = engine.fetched(found).to_pylist()
        return {clients[row.pop("row")]: BrowserSummary(**row) for row in rows}


def known_cookies(lake: LakeFolder | Path) -> pa.Array:
    """Every browser that an event or a login named."""
    tables = LakeFolder.at(lake).tables("name")
    names = pa.concat_tables(tables) if tables else NAME_SCHEMA.empty_table()
    return names.filter(pc.equal(names["space"], "cookie"))["name"].drop_null().combine_chunks()
