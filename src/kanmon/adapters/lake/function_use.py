"""Who used a function of the board, out of the lake: the one question of the audit that events answer.

It is asked by those who look back for the privacy owner, after data went; it tells who, and nothing of what they did.
"""
# ruff: noqa: S608 - the SQL is put together from names of files and numbers that this product made

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from kanmon.adapters.lake.manifest import LakeFolder, begun_again, full_disk_told
from kanmon.lake.event import OWN_SITE
from kanmon.oversight.gap import Integers, Window, microseconds


class DuckDBFunctionUse:
    """See `oversight.audit.FunctionUse`."""

    def __init__(self, lake: Path, memory_limit: str = "1GB") -> None:
        self._folder = LakeFolder(lake)
        self._memory_limit = memory_limit

    @begun_again
    def users(self, members: Integers, kinds: frozenset[str], window: Window) -> Integers:
        """Those of `members` with an event of one of `kinds` (case-folded names) on the board within the window."""
        since, until = (microseconds(moment) // 1000 for moment in (window.since, window.until))
        files = [
            str(self._folder.path(file))
            for file in self._folder.manifest().get("event", ())
            if file.first_t < until and since <= file.last_t
        ]
        nobody = np.empty(0, np.int64)
        if not files:
            return nobody
        with self._connected() as con:
            codes = self._codes(con, kinds)
            if not codes:
                return nobody
            con.register("target", pa.table({"member": pa.array(members, pa.int32())}))
            self._gather_subjects(con, until)
            found = con.execute(
                f"""SELECT DISTINCT member FROM read_parquet({files}) JOIN subject USING (subject)
                WHERE kind IN ({", ".join(map(str, codes))}) AND t >= {since} AND t < {until} AND site = {OWN_SITE}"""
            ).to_arrow_table()
            return np.asarray(found["member"], np.int64)

    def _codes(self, con: duckdb.DuckDBPyConnection, kinds: frozenset[str]) -> list[int]:
        kinds_known = f"read_parquet({self._folder.paths('name')}) WHERE space = 'kind' AND name IS NOT NULL"
        names = con.execute(f"SELECT name, code FROM {kinds_known}")
        return [code for name, code in names.fetchall() if name.casefold() in kinds]

    def _gather_subjects(self, con: duckdb.DuckDBPyConnection, until: int) -> None:
        """The targets, and each cookie that one of them alone logged in with: as for features, nobody else's events."""
        con.execute("CREATE TEMP TABLE subject AS SELECT member AS subject, member FROM target")
        identities = self._folder.paths("identity")
        if identities:
            con.execute(
                f"""INSERT INTO subject
                SELECT -cookie, sole FROM (
                    SELECT cookie, min(member) AS sole FROM read_parquet({identities}) WHERE seen_at < {until}
                    GROUP BY cookie HAVING min(member) = max(member)
                ) SEMI JOIN target ON target.member = sole"""
            )

    @contextmanager
    def _connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        spill = str(self._folder.fresh_spill()).replace("'", "''")
        with full_disk_told(self._folder), duckdb.connect() as con:
            con.execute(f"SET memory_limit = '{self._memory_limit}'; SET temp_directory = '{spill}'")
            con.execute("SET enable_progress_bar = false")
            yield con
