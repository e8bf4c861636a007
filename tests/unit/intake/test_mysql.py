"""A query to a MariaDB gives a table, never writes, and tells no password and nobody's data where it fails."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pymysql
import pytest

from kanmon.cli.progress import LineProgress
from kanmon.core.errors import FolderUnreadable
from kanmon.intake.files.fetched import fetched_tables
from kanmon.intake.files.mysql import _login, is_address
from kanmon.intake.files.queries import UnfitSource
from kanmon.intake.table_source import TableSource
from tests.mariadb import LOGIN, mariadb

NAMES = "member_id, registered_at, local_at, birth_date, visits, share, name"
PEOPLE = """
    SELECT 'M1' member_id, CAST('2026-04-01 03:00:00' AS DATETIME) local_at, CAST('2004-05-06' AS DATE) birth_date,
           3 visits, 0.5e0 share, '山田' name, registered_at FROM board.people
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mariadb(tmp_path_factory.mktemp("m")) as address:
        port = int(address.rpartition(":")[2].partition("/")[0])
        with (
            pymysql.connect(host="127.0.0.1", port=port, user=LOGIN[0], password=LOGIN[1], autocommit=True) as made,
            made.cursor() as cursor,
        ):
            cursor.execute("SET time_zone = '+09:00'")
            cursor.execute("CREATE TABLE board.people (registered_at TIMESTAMP NULL)")
            cursor.execute("INSERT INTO board.people VALUES ('2026-04-01 12:00:00'), (NULL)")
        yield address


@pytest.fixture
def folder(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KANMON_SOURCE_BOARD", server)
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


def rows(folder: Path, query: str) -> list[dict[str, object]]:
    source = {"members": TableSource(mysql="board", query=query)}
    with fetched_tables(folder, source, folder.parent, LineProgress()) as files:
        return list(pq.read_table(files["members"]).to_pylist())


def test_a_query_gives_what_it_finds(folder: Path) -> None:
    first, second = rows(folder, f"{PEOPLE} ORDER BY registered_at IS NULL;")
    assert first == {
        "member_id": "M1", "local_at": datetime(2026, 4, 1, 3), "birth_date": date(2004, 5, 6), "visits": 3,  # noqa: DTZ001 - has none
        "share": 0.5, "name": "山田", "registered_at": datetime(2026, 4, 1, 3, tzinfo=UTC),
    }  # fmt: skip
    assert second["registered_at"] is None
    assert rows(folder, f"{PEOPLE} LIMIT 0") == []


def test_more_rows_than_a_batch_come_whole(folder: Path) -> None:
    found = rows(folder, "SELECT CAST(seq AS CHAR) member_id FROM seq_1_to_120000")
    assert [row["member_id"] for row in found] == [str(number) for number in range(1, 120_001)]


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM people", "DROP TABLE people", "SELECT 1; DELETE FROM people", "INSERT INTO people VALUES (NULL)",
        "SELECT 1 INTO OUTFILE '/tmp/kanmon-was-here'", "SELECT * FROM people FOR UPDATE", "CALL nothing()",
    ],
)  # fmt: skip
def test_a_query_never_writes(folder: Path, query: str) -> None:
    with pytest.raises(FolderUnreadable):
        rows(folder, query)
    assert len(rows(folder, "SELECT * FROM people")) == 2


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT nothing FROM people", "nothing"),
        ("SELECT 1 a, 2 a", "a"),
        ("SELECT x'ff' photo", "photo holds bytes"),
        ("SELECT CAST('0000-00-00' AS DATE) d", "0000-00-00"),
        ("SELECT * FROM elsewhere", "elsewhere"),
    ],
)
def test_what_is_wrong_with_a_query_is_told(folder: Path, query: str, told: str) -> None:
    with pytest.raises(FolderUnreadable, match=told):
        rows(folder, query)


def test_somebodys_value_is_not_told(folder: Path) -> None:
    with pytest.raises(FolderUnreadable) as refused:
        rows(folder, "SELECT EXP(710.55) x")  # the server's own words are: out of range in 'exp(710.55)'
    assert "710" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "mysql://board:wrong@127.0.0.1:{port}/board", "mysql://board:hushhush@127.0.0.1:{port}/elsewhere",
        "mysql://board:hushhush@127.0.0.1:1/board", "mysql://board:hushhush@127.0.0.1:{port}/board?local_infile=1",
        "board:hushhush", "", "postgresql://board:hushhush@127.0.0.1/board",
        "mysql://board:hushhush@127.0.0.1:port/board",
    ],
)  # fmt: skip
def test_no_address_tells_its_password(
    folder: Path, server: str, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    port = server.rpartition(":")[2].partition("/")[0]
    monkeypatch.setenv("KANMON_SOURCE_BOARD", address.replace("{port}", port))
    with pytest.raises(FolderUnreadable) as refused:
        rows(folder, "SELECT 1 member_id")
    assert "hushhush" not in str(refused.value)


def test_another_machine_is_reached_over_tls_alone() -> None:
    """Nothing is connected to: this is what the driver would be told."""
    assert _login("mysql://u:p%40ss@db.example:3307/board")["ssl"].check_hostname
    assert _login("mysql://u:p%40ss@db.example:3307/board")["password"] == "p@ss"
    assert _login("mysql://u@localhost/board")["ssl"] is None
    with pytest.raises(UnfitSource, match="ssl_ca can't be read"):
        _login("mysql://u@db.example/board?ssl_ca=/nowhere")
    assert not is_address("mysql://host")
