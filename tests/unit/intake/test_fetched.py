"""Tables that come from elsewhere are files like any other once they are fetched, and nothing of a failure is kept."""

import resource
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from kanmon.cli.progress import LineProgress
from kanmon.core.errors import DiskFull, FolderUnreadable, UsageError
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import conninfo_of
from kanmon.intake.files.fetched import fetched_tables
from kanmon.intake.files.remote import local_folder
from kanmon.intake.files.terms.models import SourcePart
from kanmon.intake.table_source import TableSource

ROWS = [("M1", datetime(2026, 4, 1, 3, tzinfo=UTC), date(2004, 5, 6), True, 3), ("M2", None, None, None, None)]
NAMES = ("member_id", "registered_at", "birth_date", "is_new", "visits")


def fetched(folder: Path, sources: Mapping[str, TableSource]) -> dict[str, pa.Table]:
    with fetched_tables(folder, sources, folder.parent, LineProgress()) as files:
        return {table: pq.read_table(file) for table, file in files.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


@pytest.fixture
def board(folder: Path) -> TableSource:
    with duckdb.connect(folder / "board.duckdb") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        columns = "member_id TEXT, registered_at TIMESTAMPTZ, birth_date DATE, is_new BOOLEAN, visits INTEGER"
        connection.execute(f"CREATE TABLE people ({columns})")
        connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", ROWS)
    return TableSource(duckdb="board.duckdb", query="SELECT * FROM people ORDER BY member_id;")


def test_a_query_to_duckdb_gives_what_it_finds(folder: Path, board: TableSource) -> None:
    assert fetched(folder, {"members": board})["members"].to_pylist() == [
        dict(zip(NAMES, row, strict=True)) for row in ROWS
    ]


def test_a_query_to_postgres_gives_the_same(
    folder: Path, board: TableSource, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = conninfo_of(postgres.superuser_url())
    monkeypatch.setenv("KANMON_SOURCE_BOARD", address)
    values = "('M1', '2026-04-01T03:00:00Z'::timestamptz, '2004-05-06'::date, true, 3), ('M2', null, null, null, null)"
    query = f"SELECT * FROM (VALUES {values}) AS people ({', '.join(NAMES)})"
    found = fetched(folder, {"members": TableSource(postgres="board", query=query)})["members"]
    assert found.to_pylist() == fetched(folder, {"members": board})["members"].to_pylist()
    [none] = fetched(folder, {"events": TableSource(postgres="board", query=f"{query} LIMIT 0")}).values()
    assert (none.num_rows, none.column_names) == (0, list(NAMES))


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM people", "SELECT * FROM people; DROP TABLE people", "nonsense", "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/hostname')", "COPY people TO 'out.csv'", "",
    ],
)  # fmt: skip
def test_a_query_to_duckdb_reads_that_file_alone(folder: Path, board: TableSource, query: str) -> None:
    with pytest.raises(FolderUnreadable, match="the source of members can't be read"):
        fetched(folder, {"members": TableSource(duckdb="board.duckdb", query=query)})
    assert fetched(folder, {"members": board})["members"].num_rows == 2
    assert [path.name for path in folder.parent.iterdir()] == ["folder"]


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM told",
        "SELECT 1; DELETE FROM told",
        "SELECT 1) AS x; DELETE FROM told; SELECT * FROM (SELECT 1",
        "SELECT set_config('a.b', '1', false), x",
    ],
)
def test_a_query_to_postgres_never_writes(
    folder: Path, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    address = conninfo_of(postgres.superuser_url())
    monkeypatch.setenv("KANMON_SOURCE_BOARD", address)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS told AS SELECT 1 AS one")
        with pytest.raises(FolderUnreadable, match="can't be read"):
            fetched(folder, {"members": TableSource(postgres="board", query=query)})
        assert connection.execute("SELECT count(*) FROM told").fetchone() == (1,)
        connection.execute("DROP TABLE told")


def test_an_address_that_nobody_set_is_told_by_its_variable(folder: Path) -> None:
    with pytest.raises(FolderUnreadable, match="KANMON_SOURCE_BOARD"):
        fetched(folder, {"members": TableSource(postgres="board", query="SELECT 1")})


@pytest.mark.parametrize(
    "address",
    [
        "host=127.0.0.1 port=1 user=u password=hushhush dbname=d", "hushhush", "host=127.0.0.1 password=hush hushhush",
        "postgresql://u:hu%shhush@127.0.0.1/d", "postgresql://u:hushhush@127.0.0.1:1/d", "",
    ],
)  # fmt: skip
def test_a_password_is_never_told(folder: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("KANMON_SOURCE_BOARD", address)
    with pytest.raises(FolderUnreadable) as refused:
        fetched(folder, {"members": TableSource(postgres="board", query="SELECT 1")})
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["s3://key:hush/hush2@bucket/x.csv", "file://u:hush@h/x.csv", "abfs://a:hush hush@c/x.csv", "hush://x"]
)
def test_a_secret_of_an_address_is_never_told(folder: Path, address: str) -> None:
    with pytest.raises(FolderUnreadable) as refused:
        fetched(folder, {"members": TableSource(file=address)})
    assert "hush" not in str(refused.value).replace("hush://", "")
    with pytest.raises(UsageError) as untold, local_folder(address, folder):
        pass
    assert "hush" not in str(untold.value).replace("hush://", "")
    if "@" in address:
        with pytest.raises(ValidationError, match="no address"):
            SourcePart(table="events", file=address)


def test_nobodys_data_are_told(folder: Path, board: TableSource) -> None:
    source = TableSource(duckdb=board.duckdb, query="SELECT CAST(member_id AS INTEGER) AS member_id FROM people")
    with pytest.raises(FolderUnreadable) as refused:
        fetched(folder, {"members": source})
    assert "M1" not in str(refused.value)


def test_a_file_and_a_folder_by_address(folder: Path, tmp_path: Path) -> None:
    parts = tmp_path / "elsewhere" / "events"
    parts.mkdir(parents=True)
    for number in range(2):
        pq.write_table(pa.table({"kind": [f"view{number}"]}), parts / f"{number}.parquet")
    (tmp_path / "elsewhere" / "members.csv").write_text("member_id\nM1\n")
    sources = {
        "events": TableSource(file=f"file://{parts}"),
        "members": TableSource(file=f"file://{tmp_path}/elsewhere/members.csv"),
    }
    with fetched_tables(folder, sources, tmp_path, LineProgress()) as files:
        assert files["members"].read_text() == "member_id\nM1\n"
        assert sorted(path.name for path in files["events"].iterdir()) == ["0.parquet", "1.parquet"]
    with pytest.raises(FolderUnreadable, match="nowhere"):
        fetched(folder, {"members": TableSource(file=f"file://{tmp_path}/nowhere.csv")})


def test_a_table_lies_in_one_place(folder: Path, board: TableSource) -> None:
    (folder / "members.csv").write_text("member_id\n")
    with pytest.raises(FolderUnreadable, match="keep one of both"):
        fetched(folder, {"members": board})


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process may become longer than 64 kB: what the system refuses then, it refuses on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_as_what_it_is(folder: Path, tmp_path: Path) -> None:
    with duckdb.connect(folder / "board.duckdb") as connection:
        connection.execute("CREATE TABLE people AS SELECT uuid()::TEXT AS member_id FROM range(20000)")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "members.csv").write_bytes(b"member_id\n" * 20_000)
    query = TableSource(duckdb="board.duckdb", query="SELECT * FROM people")
    file = TableSource(file=f"file://{elsewhere}/members.csv")
    for source in (query, file):
        with full_disk(), pytest.raises(DiskFull, match="no room is left"):
            fetched(folder, {"members": source})
    with full_disk(), pytest.raises(DiskFull, match="no room is left"), local_folder(f"file://{elsewhere}", tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "folder"]
    assert fetched(folder, {"members": query})["members"].num_rows == 20_000
