"""The lake on DuckDB: dictionaries, identities and events.

Events that a load brings are coded into numbers once, compared with what lies in the same stretch of time, and written
sorted by person and time: a small load as one part, a large one bucket by bucket, so that memory stays bounded.
"""
# ruff: noqa: S608 - the SQL is put together from constants and from names of files that this module made

import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from kanmon.core.errors import LakeDamaged
from kanmon.core.faults import Fault
from kanmon.core.refused import REFUSED_SCHEMA, MergeResult, no_rows_refused
from kanmon.lake.event import BUCKETS, EVENT_SCHEMA, IDENTITY_SCHEMA
from kanmon.lake.files.brought_back import Brought, check_brought_back
from kanmon.lake.files.connection import opened
from kanmon.lake.files.manifest import LakeFile, LakeFolder
from kanmon.lake.files.progress import followed
from kanmon.lake.files.sql import literal
from kanmon.lake.service import silent

PART_ROWS = 1_000_000
"""A load of at most so many events becomes one part; a larger one goes into the buckets at once."""
PASS_ROWS = 8_000_000
"""Events sorted at a time when buckets are written."""
MAX_PARTS = 64
MAX_PART_SHARE = 0.25
"""Files are to be merged once a reader of one bucket opens more than so many, or parts are so large a share of all."""
DICTIONARY_PARTS = 32
PARTED_ROWS = 20_480
"""Rows held back for each bucket and thread while many are parted: small, or memory goes with the buckets."""

_FORMAT = "FORMAT parquet, PARQUET_VERSION v2"
"""Its integer encodings take 30 % fewer bytes than version 1, and less time to read."""
COLUMNS = ", ".join(EVENT_SCHEMA.names)
KEY = "subject, t, kind, target, page, site"
_BUCKET = f"((subject % {BUCKETS}) + {BUCKETS}) % {BUCKETS}"
_SPACES = {"cookie": "cookie_id", "kind": "kind", "target": "target", "page": "page", "site": "site"}
_EMPTY = {
    "line": "file_row_number + 1", "weight": "1", **dict.fromkeys(("member_id", *_SPACES.values()), "NULL::varchar")
}  # fmt: skip
"""What stands for a column that a staged file lacks."""
_MEMBER = "SELECT NULL::varchar AS member_id, NULL::int AS member_no WHERE false"
_IS_KNOWN = "staged.member_id IS NULL OR member.member_no IS NOT NULL"
_TOUCHED = "SELECT NULL::varchar AS filename, NULL::bigint AS file_row_number WHERE false"
_NAME = "SELECT NULL::varchar AS space, NULL::varchar AS name, NULL::int AS code WHERE false"


class DuckDBLake:
    """See `lake.service.Lake`; one writer at a time, any number of readers."""

    def __init__(self, lake: LakeFolder | Path, memory_limit: str = "2GB") -> None:
        self.folder = LakeFolder.at(lake)
        self._memory_limit = memory_limit

    def sizes(self) -> Mapping[str, int]:
        """How many rows each table of the lake holds."""
        return {table: sum(file.rows for file in files) for table, files in self.folder.manifest().items()}

    def load_members(self, staged: Path) -> pa.Table:
        """See `lake.service.Lake`."""
        with self._connected() as con:
            self._view(con, "known", "member", _MEMBER)
            con.execute(f"CREATE VIEW staged AS SELECT member_id FROM {literal(staged)}")
            con.execute(
                """CREATE TEMP TABLE fresh AS
                SELECT member_id, (row_number() OVER (ORDER BY member_id)
                    + (SELECT coalesce(max(member_no), 0) FROM known))::int AS member_no
                FROM (SELECT DISTINCT member_id FROM staged ANTI JOIN known USING (member_id))"""
            )
            self._append(con, "member", "SELECT * FROM fresh")
            self._view(con, "known", "member", _MEMBER)
            return con.execute(
                "SELECT DISTINCT member_id, member_no FROM staged JOIN known USING (member_id)"
            ).to_arrow_table()

    def torn(self) -> Collection[str]:
        """See `lake.service.Lake`."""
        return {table for table in self.folder.manifest() if self.folder.torn(table)}

    def load_identities(self, staged: Path) -> MergeResult:
        """See `lake.service.Lake`."""
        try:
            return self._merge_identities(staged, ())
        except LakeDamaged:
            if not (torn := self.folder.torn("identity")):
                raise
        return self._merge_identities(staged, torn)

    def _merge_identities(self, staged: Path, torn: Collection[LakeFile]) -> MergeResult:
        """Take logins in; those of `torn` files must be just what the lake lacks."""
        with self._connected() as con:
            self._stage(con, staged, {"cookie"})
            con.execute(
                """CREATE TEMP TABLE coded AS
                SELECT DISTINCT c.code AS cookie, m.member_no AS member, epoch_ms(seen_at) AS seen_at
                FROM staged JOIN member m USING (member_id) JOIN name c ON c.space = 'cookie' AND c.name = cookie_id"""
            )
            self._view(con, "known", "identity", _empty(IDENTITY_SCHEMA), torn)
            con.execute("CREATE TEMP TABLE fresh AS FROM coded ANTI JOIN known USING (cookie, member, seen_at)")
            new, coded = _count(con, "fresh"), _count(con, "coded")
            if torn:
                check_brought_back(self.folder.place, torn, Brought(new))
            self._append(con, "identity", "SELECT * FROM fresh ORDER BY member, seen_at", torn)
            return MergeResult(new, 0, coded - new, _unknown_members(con))

    def load_events(self, staged: Path, advance: Callable[[int], None] = silent) -> MergeResult:
        """See `lake.service.Lake`."""
        try:
            return self._merge_events(staged, (), advance)
        except LakeDamaged:
            if not (torn := self.folder.torn("event")):
                raise
        return self._merge_events(staged, torn)

    def _merge_events(
        self, staged: Path, torn: Collection[LakeFile], advance: Callable[[int], None] = silent
    ) -> MergeResult:
        """Take events in; those of `torn` files must be just what the lake lacks."""
        with self._connected() as con:
            is_parted = self._code(con, staged, advance)
            rows = _count(con, "coded")
            sound = [file for file in self._events() if file not in torn]
            compared = self._compare(con, sound)
            replaced, unchanged = compared or (0, 0)
            if torn:
                new, first, last = con.execute("SELECT count(*), min(t), max(t) FROM coded").fetchone() or (0, 0, 0)
                check_brought_back(self.folder.place, torn, Brought(new, first, last, replaced))
            kept = self._without_touched(con) if replaced else sound
            is_parted = is_parted and compared is None
            written = self._write(con, "coded", rows - unchanged, advance, is_parted=is_parted)
            if written:
                self.folder.swap({"event": [*kept, *written]})
            is_whole = rows == pq.read_metadata(staged).num_rows
            new = rows - replaced - unchanged
            return MergeResult(new, replaced, unchanged, no_rows_refused() if is_whole else _unknown_members(con))

    def append_events(self, staged: Path) -> pa.Table:
        """See `lake.service.Lake`."""
        with self._connected() as con:
            self._code(con, staged)
            written = self._write(con, "coded", _count(con, "coded"))
            if written:
                noted = LakeFile(self.folder.new_name("appended"), sum(file.rows for file in written))
                lines = "SELECT line FROM staged LEFT JOIN member USING (member_id)"
                con.execute(f"COPY ({lines} WHERE {_IS_KNOWN}) TO {literal(self.folder.path(noted))} ({_FORMAT})")
                self.folder.swap({"event": [*self._events(), *written], "appended": [noted]})
            return _unknown_members(con)

    def appended(self) -> Sequence[int]:
        """See `lake.service.Lake`."""
        lines = [table["line"] for table in self.folder.tables("appended")]
        return [int(line) for found in lines for line in found.to_pylist()]

    def _code(self, con: duckdb.DuckDBPyConnection, staged: Path, advance: Callable[[int], None] = silent) -> bool:
        """Make `coded` of the staged events of known members: what they say, in numbers.

        Many are parted into files by bucket, so that each is read just once more; returns whether they are. `advance`
        is told half of them.
        """
        self._stage(con, staged, set(_SPACES))
        coded = f"""SELECT *, {_BUCKET} AS bucket FROM (
                SELECT coalesce(member.member_no, -c.code)::int AS subject, epoch_ms(occurred_at) AS t, k.code AS kind,
                    coalesce(g.code, 0) AS target, coalesce(p.code, 0) AS page, weight, coalesce(s.code, 0) AS site
                FROM staged LEFT JOIN member USING (member_id)
                LEFT JOIN name c ON c.space = 'cookie' AND c.name = cookie_id
                LEFT JOIN name k ON k.space = 'kind' AND k.name = kind
                LEFT JOIN name g ON g.space = 'target' AND g.name = target
                LEFT JOIN name p ON p.space = 'page' AND p.name = page
                LEFT JOIN name s ON s.space = 'site' AND s.name = site
                WHERE {_IS_KNOWN})"""
        rows = pq.read_metadata(staged).num_rows
        folder = self.folder.spill / "coded"
        with followed(con, rows // 2, advance):
            if rows <= PASS_ROWS:
                con.execute(f"CREATE TEMP TABLE coding AS {coded}")
            else:
                folder.parent.mkdir(exist_ok=True)
                parting = f"FORMAT parquet, PARTITION_BY (bucket), ROW_GROUP_SIZE {PARTED_ROWS}"
                con.execute(f"COPY ({coded}) TO {literal(folder)} ({parting})")
        is_parted = any(folder.glob("*"))
        if not is_parted and rows > PASS_ROWS:
            con.execute(f"CREATE TEMP TABLE coding AS {coded} LIMIT 0")
        files = f"read_parquet({literal(f'{folder}/*/*.parquet')}, hive_types = {{'bucket': int}})"
        con.execute(f"CREATE TEMP VIEW coded AS FROM {files if is_parted else 'coding'}")
        return is_parted

    def _events(self) -> tuple[LakeFile, ...]:
        return self.folder.manifest().get("event", ())

    def _compare(self, con: duckdb.DuckDBPyConnection, files: Sequence[LakeFile]) -> tuple[int, int] | None:
        """Take out of `coded` what these files have just so; `touched` names the rows whose weight is another now.

        How many those are, and how many are known as they are; None where nothing of that time is known at all.
        """
        first, last = con.execute("SELECT min(t), max(t) FROM coded").fetchone() or (None, None)
        overlapping = [file for file in files if first is not None and first <= file.last_t and file.first_t <= last]
        if not overlapping:
            return None
        paths = self.folder.paths_of(overlapping)
        con.execute(f"CREATE TEMP TABLE fresh AS FROM coded LIMIT 0; CREATE TEMP TABLE touched AS {_TOUCHED}")
        unchanged = 0
        for buckets in _passes(_count(con, "coded") + sum(file.rows for file in overlapping)):
            inside = f"{_BUCKET} BETWEEN {buckets[0]} AND {buckets[-1]}"
            con.execute(
                f"""CREATE OR REPLACE TEMP TABLE compared AS
                SELECT c.*, k.weight AS known_weight, k.filename, k.file_row_number FROM (
                    SELECT *, row_number() OVER (PARTITION BY {KEY} ORDER BY weight) AS n FROM coded WHERE {inside}
                ) c LEFT JOIN (
                    SELECT *, row_number() OVER (PARTITION BY {KEY} ORDER BY weight) AS n
                    FROM read_parquet({paths}, filename = true, file_row_number = true)
                    WHERE t BETWEEN {first} AND {last} AND {inside}
                ) k USING ({KEY}, n)"""
            )
            con.execute(
                f"""INSERT INTO fresh SELECT {COLUMNS}, bucket
                FROM compared WHERE known_weight IS DISTINCT FROM weight"""
            )
            con.execute(
                "INSERT INTO touched SELECT filename, file_row_number FROM compared WHERE known_weight <> weight"
            )
            unchanged += _scalar(con, "SELECT count(*) FROM compared WHERE known_weight = weight")
        con.execute("CREATE OR REPLACE TEMP VIEW coded AS FROM fresh")
        return _count(con, "touched"), unchanged

    def _without_touched(self, con: duckdb.DuckDBPyConnection) -> list[LakeFile]:
        """The files without touched events: these go among the new ones, so that newer files tell whom they concern."""
        touched = dict(con.execute("SELECT filename, count(*) FROM touched GROUP BY filename").fetchall())
        kept = []
        for file in self._events():
            path = self.folder.path(file)
            rows = file.rows - touched.get(path, 0)
            if rows == file.rows:
                kept.append(file)
            elif rows:
                new = file.rewritten(self.folder.new_name("event"), rows)
                con.execute(
                    f"""COPY (
                        SELECT {COLUMNS} FROM read_parquet({literal(path)}, filename = true, file_row_number = true)
                        ANTI JOIN touched USING (filename, file_row_number) ORDER BY file_row_number
                    ) TO {literal(self.folder.path(new))} ({_FORMAT})"""
                )
                kept.append(new)
        return kept

    def _write(
        self,
        con: duckdb.DuckDBPyConnection,
        source: str,
        rows: int,
        advance: Callable[[int], None] = silent,
        *,
        is_parted: bool = False,
    ) -> list[LakeFile]:
        """Write rows in order, many by bucket; `advance` is told half of them. One that `is_parted` needs no passes."""
        if rows == 0:
            return []
        if rows <= PART_ROWS:
            return [self._copy(con, f"SELECT {COLUMNS} FROM {source} ORDER BY bucket, subject, t", None)]
        written = []
        for buckets in _passes(rows):
            con.execute(
                f"""CREATE OR REPLACE TEMP {"VIEW" if is_parted else "TABLE"} pass AS
                FROM {source} WHERE bucket BETWEEN {buckets[0]} AND {buckets[-1]}"""
            )
            for bucket in buckets:
                query = f"SELECT {COLUMNS} FROM pass WHERE bucket = {bucket} ORDER BY subject, t"
                found = self._copy(con, query, bucket)
                if found.rows:
                    written.append(found)
                advance(found.rows // 2)
        return written

    def _copy(self, con: duckdb.DuckDBPyConnection, query: str, bucket: int | None) -> LakeFile:
        file = LakeFile(self.folder.new_name("event"), 0, bucket)
        con.execute(f"COPY ({query}) TO {literal(self.folder.path(file))} ({_FORMAT})")
        return self.folder.measured(file)

    def is_scattered(self) -> bool:
        """See `lake.service.Lake`."""
        files = self._events()
        parts = [file for file in files if file.bucket is None]
        part_rows, rows = sum(file.rows for file in parts), sum(file.rows for file in files)
        by_bucket = Counter(file.bucket for file in files if file.bucket is not None)
        many = len(parts) + max(by_bucket.values(), default=0) > MAX_PARTS
        return many or (rows > PART_ROWS and part_rows > MAX_PART_SHARE * rows)

    def compact(self) -> None:
        """See `lake.service.Lake`."""
        files = self._events()
        if len(files) < 2:
            return
        with self._connected() as con:
            paths = self.folder.paths_of(files)
            rows, generation = sum(file.rows for file in files), max(file.generation or 0 for file in files)
            con.execute(f"CREATE VIEW everything AS SELECT {COLUMNS}, {_BUCKET} AS bucket FROM read_parquet({paths})")
            merged = self._write(con, "everything", max(rows, PART_ROWS + 1))
            self.folder.swap_merged("event", [replace(file, generation=generation) for file in merged])

    def _append(self, con: duckdb.DuckDBPyConnection, table: str, query: str, torn: Collection[LakeFile] = ()) -> None:
        """Add the rows of a query to a small table in place of `torn`, merging older parts when they are many."""
        rows = _scalar(con, f"SELECT count(*) FROM ({query})")
        if rows == 0:
            return
        known = tuple(file for file in self.folder.manifest().get(table, ()) if file not in torn)
        if len(known) >= DICTIONARY_PARTS:
            paths = self.folder.paths_of(known)
            merged = self._copied(con, table, f"SELECT * FROM read_parquet({paths})", sum(file.rows for file in known))
            known = (replace(merged, generation=max(file.generation or 0 for file in known)),)
        self.folder.swap({table: [*known, self._copied(con, table, query, rows)]})

    def _copied(self, con: duckdb.DuckDBPyConnection, table: str, query: str, rows: int) -> LakeFile:
        file = LakeFile(self.folder.new_name(table), rows)
        con.execute(f"COPY ({query}) TO {literal(self.folder.path(file))} ({_FORMAT})")
        return file

    def _stage(self, con: duckdb.DuckDBPyConnection, staged: Path, spaces: set[str]) -> None:
        """Make `staged`, `member` and `name` ready; names not met before get the next numbers."""
        con.execute(f"CREATE VIEW staged AS {_staged(staged)}")
        self._view(con, "member", "member", _MEMBER)
        self._view(con, "known_name", "name", _NAME)
        found = " UNION ALL ".join(
            f"SELECT DISTINCT '{space}' AS space, {column} AS name FROM staged WHERE {column} IS NOT NULL"
            for space, column in _SPACES.items()
            if space in spaces
        )
        con.execute(
            f"""CREATE TEMP TABLE new_name AS
            SELECT space, name, (row_number() OVER (PARTITION BY space ORDER BY name)
                + coalesce((SELECT max(code) FROM known_name k WHERE k.space = f.space), 0))::int AS code
            FROM ({found}) f ANTI JOIN known_name USING (space, name)"""
        )
        self._append(con, "name", "SELECT * FROM new_name")
        self._view(con, "name", "name", _NAME)

    def _view(
        self, con: duckdb.DuckDBPyConnection, view: str, table: str, empty: str, torn: Collection[LakeFile] = ()
    ) -> None:
        files = [file for file in self.folder.manifest().get(table, ()) if file not in torn]
        paths = self.folder.paths_of(files)
        con.execute(f"CREATE OR REPLACE VIEW {view} AS " + (f"FROM read_parquet({paths})" if paths else empty))

    @contextmanager
    def _connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with opened(self.folder, self._memory_limit) as con:
            try:
                yield con
            finally:
                shutil.rmtree(self.folder.spill / "coded", ignore_errors=True)


def _staged(path: Path) -> str:
    """A query for a staged file with every column of the contract; see `intake.loading.StagedTable.path`."""
    missing = [f"{empty} AS {name}" for name, empty in _EMPTY.items() if name not in pq.read_schema(path).names]
    columns = ", ".join(["* EXCLUDE file_row_number", *missing])
    return f"SELECT {columns} FROM read_parquet({literal(path)}, file_row_number = true)"


def _unknown_members(con: duckdb.DuckDBPyConnection) -> pa.Table:
    return (
        con.execute(
            f"""SELECT line, 'member_id' AS "column", member_id AS value, '{Fault.UNKNOWN_MEMBER.value}' AS fault
            FROM staged ANTI JOIN member USING (member_id) WHERE member_id IS NOT NULL ORDER BY line"""
        )
        .to_arrow_table()
        .cast(REFUSED_SCHEMA)
    )


def _passes(rows: int) -> list[Sequence[int]]:
    """The buckets in runs, so that each run holds about `PASS_ROWS` rows."""
    runs = min(BUCKETS, max(1, -(-rows // PASS_ROWS)))
    size = -(-BUCKETS // runs)
    return [range(start, min(start + size, BUCKETS)) for start in range(0, BUCKETS, size)]


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return _scalar(con, f"SELECT count(*) FROM {table}")


def _scalar(con: duckdb.DuckDBPyConnection, query: str) -> int:
    found = con.execute(query).fetchone()
    assert found is not None
    return int(found[0])


def _empty(schema: pa.Schema) -> str:
    types = {pa.int32(): "int", pa.int64(): "bigint"}
    columns = ", ".join(f"NULL::{types[field.type]} AS {field.name}" for field in schema)
    return f"SELECT {columns} WHERE false"
