"""Erasing one member from the lake: files that hold anything of the person are written anew, the old ones deleted.

Numbers are never given twice: where a member's or a browser's name was, its number stays with no name. A login on a
browser that others use as well stays as somebody's, nobody knows whose: without it, what the erased person did there
would be taken for theirs.
"""
# ruff: noqa: S608 - the SQL is put together from constants, numbers and names of files that this product made

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ibis.backends.duckdb import Backend

from kanmon.core.ids import CookieId, MemberNo
from kanmon.lake.browser import NOBODY, shared_spans
from kanmon.lake.event import BUCKETS
from kanmon.lake.files.ibis_connection import opened_by_ibis
from kanmon.lake.files.manifest import LakeFile, LakeFolder
from kanmon.lake.files.sql import literal

_FORMAT = "FORMAT parquet, PARQUET_VERSION v2"
_FOR_EVER = 2**62
_NAMES = {"kind": "kind", "target": "target", "page": "page", "site": "site"}


class DuckDBErasing:
    """See `rights.erasure.service.ErasureLake`."""

    def __init__(self, lake: LakeFolder | Path, memory_limit: str = "1GB") -> None:
        self._folder = LakeFolder.at(lake)
        self._memory_limit = memory_limit

    def browsers(self, member: MemberNo) -> Sequence[CookieId]:
        """The browsers on which nobody else logged in, but for people who were erased."""
        if not self._folder.paths("identity"):
            return ()
        with opened_by_ibis(self._folder, self._memory_limit) as con:
            self._gather(con, member)
            found = con.raw_sql(
                f"""SELECT name FROM read_parquet({self._folder.paths("name")}) n JOIN own ON own.cookie = n.code
                WHERE space = 'cookie' AND name IS NOT NULL ORDER BY name"""
            )
            return [CookieId(name) for (name,) in found.fetchall()]

    def erase(self, member: MemberNo) -> None:
        """Let nothing of the member be in any file of the lake; a second time changes nothing."""
        with opened_by_ibis(self._folder, self._memory_limit) as con:
            self._gather(con, member)
            manifest = self._folder.manifest()
            changed = {
                "event": self._events(con, manifest.get("event", ()), member),
                "identity": self._identities(con, manifest.get("identity", ()), member),
                "member": self._unnamed(con, manifest.get("member", ()), "member", f"member_no = {member}"),
            }
            self._gather_unused(con, changed["event"], member)
            unused = "(space, code) IN (SELECT (space, code) FROM unused)"
            changed["name"] = self._unnamed(con, manifest.get("name", ()), "name", unused)
            self._folder.swap({table: files for table, files in changed.items() if table in manifest}, forgets=True)
        shutil.rmtree(self._folder.fresh_spill(), ignore_errors=True)

    def _gather(self, con: Backend, member: MemberNo) -> None:
        """Make `own`, the browsers of this member alone, and `span`, when browsers of several were this member's."""
        identities = self._folder.paths("identity")
        source = f"read_parquet({identities})" if identities else "(SELECT 0 AS cookie, 0 AS member, 0 AS seen_at) none"
        con.raw_sql(f"CREATE TEMP VIEW login AS SELECT * FROM {source} WHERE member IS NOT NULL AND cookie <> 0")
        con.raw_sql(
            f"""CREATE TEMP TABLE used AS
            SELECT cookie, bool_or(member NOT IN ({member}, {NOBODY})) AS is_shared FROM login
            GROUP BY cookie HAVING bool_or(member = {member})"""
        )
        con.raw_sql("CREATE TEMP TABLE own AS SELECT cookie FROM used WHERE NOT is_shared")
        con.raw_sql(
            f"""CREATE TEMP TABLE told AS
            SELECT 0 AS row, {_FOR_EVER}::bigint AS as_of, cookie, member, seen_at
            FROM login JOIN used USING (cookie) WHERE is_shared"""
        )
        spans = shared_spans(con.table("told"))
        con.create_table("span", spans.filter(spans.owner == member).select("cookie", "since", "until"), temp=True)

    def _events(self, con: Backend, files: Sequence[LakeFile], member: MemberNo) -> list[LakeFile]:
        """The events without the member's; buckets in which none of them can lie are not read."""
        subjects = [-cookie for (cookie,) in con.raw_sql("SELECT cookie FROM used").fetchall()]
        buckets = {None, *(subject % BUCKETS for subject in (member, *subjects))}
        found = self._rewritten(
            con, [file for file in files if file.bucket in buckets], "event", "NOT " + _doomed(member)
        )
        return [*(file for file in files if file.bucket not in buckets), *found]

    def _rewritten(self, con: Backend, files: Sequence[LakeFile], table: str, keeps: str) -> list[LakeFile]:
        """The files with only the rows kept, each one that loses any written anew."""
        kept = []
        for file in files:
            source = f"read_parquet({literal(self._folder.path(file))}, file_row_number = true)"
            rows = _scalar(con, f"SELECT count(*) FROM {source} WHERE {keeps}")
            if rows == file.rows:
                kept.append(file)
            elif rows:
                query = f"SELECT * EXCLUDE (file_row_number) FROM {source} WHERE {keeps} ORDER BY file_row_number"
                kept.append(self._written(con, query, replace(file, rows=rows), table))
        return kept

    def _written(self, con: Backend, query: str, file: LakeFile, table: str) -> LakeFile:
        written = file.rewritten(self._folder.new_name(table), file.rows)
        con.raw_sql(f"COPY ({query}) TO {literal(self._folder.path(written))} ({_FORMAT})")
        return self._folder.measured(written) if table == "event" else written

    def _identities(self, con: Backend, files: Sequence[LakeFile], member: MemberNo) -> list[LakeFile]:
        """The logins without those on the member's own browsers; on others they are nobody's from now on."""
        kept = self._rewritten(con, files, "identity", "cookie NOT IN (SELECT cookie FROM own)")
        changed = []
        for file in kept:
            source = f"read_parquet({literal(self._folder.path(file))})"
            if _scalar(con, f"SELECT count(*) FROM {source} WHERE member = {member}"):
                nobodys = f"(CASE WHEN member = {member} THEN {NOBODY} ELSE member END)::int AS member"
                file = self._written(con, f"SELECT * REPLACE ({nobodys}) FROM {source}", file, "identity")  # noqa: PLW2901
            changed.append(file)
        return changed

    def _gather_unused(self, con: Backend, kept: Sequence[LakeFile], member: MemberNo) -> None:
        """Make `unused`: names of the member's browsers, and of what no event but the member's was about."""
        con.raw_sql("CREATE TEMP TABLE unused AS SELECT 'cookie' AS space, cookie AS code FROM own")
        before = self._folder.paths("event")
        if not before:
            return
        after = self._folder.paths_of(kept)
        for space, column in _NAMES.items():
            left = f"EXCEPT SELECT DISTINCT {column} FROM read_parquet({after})" if after else ""
            con.raw_sql(
                f"""INSERT INTO unused SELECT '{space}', code FROM (
                    SELECT DISTINCT {column} AS code FROM read_parquet({before}) WHERE {_doomed(member)} {left}
                ) WHERE code <> 0"""
            )

    def _unnamed(self, con: Backend, files: Sequence[LakeFile], table: str, which: str) -> list[LakeFile]:
        """The files of a dictionary, in which the names of some numbers are no more."""
        named = "member_id" if table == "member" else "name"
        changed = []
        for file in files:
            source = f"read_parquet({literal(self._folder.path(file))})"
            if _scalar(con, f"SELECT count(*) FROM {source} WHERE {named} IS NOT NULL AND {which}"):
                nameless = f"CASE WHEN {which} THEN NULL ELSE {named} END AS {named}"
                file = self._written(con, f"SELECT * REPLACE ({nameless}) FROM {source}", file, table)  # noqa: PLW2901
            changed.append(file)
        return changed


def _doomed(member: MemberNo) -> str:
    """What the member did: under the own number, on browsers of the own, on others while they were the member's."""
    return f"""(
        subject = {member} OR subject IN (SELECT -cookie FROM own)
        OR EXISTS (SELECT 1 FROM span WHERE span.cookie = -subject AND t >= span.since AND t < span.until)
    )"""


def _scalar(con: Backend, query: str) -> int:
    [(found,)] = con.raw_sql(query).fetchall()
    return int(found)
