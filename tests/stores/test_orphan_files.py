"""Files that a killed server left, which no relation owns: they are found and removed, and nothing else is."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from kanmon.core.errors import DatabaseUnavailable
from kanmon.db.compaction import PostgresCompaction
from kanmon.db.database import prepare_database
from kanmon.db.embedded_postgres import DATABASE, EmbeddedPostgres
from kanmon.db.orphan_files import remove_orphans

SECRET = "SECRET-OF-SOMEBODY-ERASED"
ROWS = 2_000
UNFINISHED = f"CREATE TABLE kanmon.anew AS SELECT '{SECRET} ' || i AS name FROM generate_series(1, {ROWS}) i"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "postgres")
    server.start()
    yield server
    server.stop()


def connection(server: EmbeddedPostgres) -> psycopg.Connection[tuple[object, ...]]:
    url = server.superuser_url(DATABASE).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False))


def holding(server: EmbeddedPostgres) -> list[Path]:
    """The table files in which the secret can be read."""
    files = (server.data / "base").rglob("*")
    return [file for file in files if file.is_file() and SECRET.encode() in file.read_bytes()]


def kill(server: EmbeddedPostgres) -> None:
    """Kill all at once: a process that sees the server's end would roll its transaction back."""
    pid = int((server.data / "postmaster.pid").read_text().split("\n", 1)[0])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for process in (pid, *map(int, children)):
            os.kill(process, number)


def left_by_a_kill(server: EmbeddedPostgres) -> None:
    """A table that was being written, its pages on disk, when the server was killed."""
    with connection(server) as writing, connection(server) as other:
        other.autocommit = True
        writing.execute(UNFINISHED)
        other.execute("CHECKPOINT")
        assert holding(server)
        kill(server)
        writing.close()
        other.close()
    server.start()


def test_an_erasure_removes_what_a_kill_left_and_nothing_else(server: EmbeddedPostgres) -> None:
    prepare_database(server.logins())
    left_by_a_kill(server)
    assert holding(server)
    PostgresCompaction(server.logins().migrator, server.superuser_url(DATABASE), server.data).compact()
    assert not holding(server)
    with connection(server) as asking:
        for (table,) in asking.execute("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r'").fetchall():
            asking.execute(f"SELECT count(*) FROM {table}")


def test_a_table_that_is_only_being_made_is_somebodys(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kanmon.db.orphan_files._MOST_LOOKS", 4)
    with connection(server) as setting_up:
        setting_up.execute("CREATE SCHEMA IF NOT EXISTS kanmon")
    with connection(server) as writing:
        writing.execute(UNFINISHED)
        with pytest.raises(DatabaseUnavailable, match="no table owns"):
            remove_orphans(server.superuser_url(DATABASE), server.data)
        writing.commit()
        assert writing.execute("SELECT count(*) FROM kanmon.anew").fetchone() == (ROWS,)
        writing.commit()
        assert remove_orphans(server.superuser_url(DATABASE), server.data) == 0


def test_a_server_that_ends_meanwhile_is_told_as_unavailable(server: EmbeddedPostgres) -> None:
    prepare_database(server.logins())
    compaction = PostgresCompaction(server.logins().migrator, server.superuser_url(DATABASE), server.data)
    kill(server)
    with pytest.raises(DatabaseUnavailable):
        compaction.compact()
    server.start()
