"""Whom newer files of the lake concern, found by DuckDB: what it costs follows what came in, not what lies there."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from kanmon.core.ids import ClientId
from kanmon.features.news import LakeState
from kanmon.lake.cleared import ClearedPerson
from kanmon.lake.event import EVENT_SCHEMA, IDENTITY_SCHEMA, NAME_SCHEMA
from kanmon.lake.files.ibis_connection import opened_by_ibis, parquet
from kanmon.lake.files.manifest import LakeFile, LakeFolder, begun_again
from kanmon.lake.query import cleared_table, covered_sites, events_before, named_browsers, subjects_of


class DuckDBChangeDetector:
    """See `features.news.News`.

    A person's features are others only where an event before `as_of` is newer, of the person or of a browser while it
    is taken for the person's, or a login on a browser on which the person logged in. A newer name alone says nothing:
    no event that was there before bears it.
    """

    def __init__(self, lake: LakeFolder | Path, memory_limit: str = "2500MB") -> None:
        self._folder = LakeFolder.at(lake)
        self._memory_limit = memory_limit

    def state(self) -> LakeState:
        """The state that the lake is in."""
        return LakeState(self._folder.state())

    @begun_again
    def concerned(self, cleared: Sequence[ClearedPerson], since: LakeState) -> Collection[ClientId]:
        """The clients of cleared people with a newer event or login before `as_of`; all where `since` is not known."""
        newer = self._folder.newer(since)
        if newer is None:
            return {one.clearance.client_id for one in cleared}
        events, logins = newer.get("event", ()), newer.get("identity", ())
        if not cleared or not (events or logins):
            return ()
        with opened_by_ibis(self._folder, self._memory_limit) as con:
            cases = self._cases(con, cleared)
            all_logins = parquet(con, self._folder.paths("identity"), IDENTITY_SCHEMA)
            own = all_logins.join(cases, "member").filter(lambda t: t.seen_at < t.as_of)
            own = own.select("row", "as_of", "cookie").distinct()
            on_own = self._newer(con, logins, IDENTITY_SCHEMA).join(own, "cookie")
            on_own = on_own.filter(on_own.seen_at < on_own.as_of)
            did = self._newer(con, events, EVENT_SCHEMA)
            asked = [one.clearance.partner_sites for one in cleared]
            sites = covered_sites(asked, self._sites(con)) if any(asked) else None
            covered = None if sites is None else con.create_table("covered", sites, temp=True)
            did = events_before(subjects_of(cases, all_logins), did, covered=covered)
            rows = ibis.union(did.select("row"), on_own.select("row")).distinct().to_pyarrow()["row"]
        return {cleared[row].clearance.client_id for row in rows.to_pylist()}

    def _cases(self, con: Backend, cleared: Sequence[ClearedPerson]) -> ir.Table:
        """The cleared as features have them, but for what only features need: whose cohort and company it is."""
        asked = con.create_table("asked", cleared_table(cleared), temp=True)
        browsers = named_browsers(parquet(con, self._folder.paths("name"), NAME_SCHEMA))
        found = asked.left_join(browsers, "cookie_id").drop("client", "cookie_id", "cookie_id_right")
        return con.create_table("cases", found.mutate(cohort=0, own_target=0), temp=True)

    def _sites(self, con: Backend) -> Mapping[str, int]:
        names = parquet(con, self._folder.paths("name"), NAME_SCHEMA)
        found = names.filter((names.space == "site") & names.name.notnull()).select("name", "code").to_pyarrow()
        return dict(zip(found["name"].to_pylist(), found["code"].to_pylist(), strict=True))

    def _newer(self, con: Backend, files: Sequence[LakeFile], schema: pa.Schema) -> ir.Table:
        return parquet(con, self._folder.paths_of(files), schema)
