"""A workspace knows its control plane again, and takes neither an empty database nor half a connection for it."""

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from kanmon.core.errors import DatabaseUnavailable
from kanmon.core.workspace import Workspace
from kanmon.db.control_plane import check_before, note_control_plane
from kanmon.db.database import prepare_database
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import APP, DatabaseLogins, engine_as
from kanmon.db.unit_of_work import Database
from tests.databases import run_as_superuser


@pytest.fixture
def workspace(tmp_path: Path, logins: DatabaseLogins) -> Workspace:
    """A workspace that has worked with the database of the test."""
    workspace = Workspace.create(tmp_path / "workspace", is_replay=False)
    check_before(workspace, logins)
    note_control_plane(workspace, logins)
    return workspace


@pytest.fixture
def empty(postgres: EmbeddedPostgres) -> Iterator[DatabaseLogins]:
    run_as_superuser(postgres, "CREATE DATABASE nothing_here")
    yield postgres.logins("nothing_here")
    run_as_superuser(postgres, "DROP DATABASE nothing_here WITH (FORCE)")


def schemas(postgres: EmbeddedPostgres, name: str) -> int:
    with engine_as(postgres.superuser_url(name), None).connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM pg_namespace WHERE nspname = 'kanmon'")) or 0)


def test_the_same_database_is_known_again(workspace: Workspace, logins: DatabaseLogins) -> None:
    check_before(workspace, logins)
    note_control_plane(workspace, logins)


def test_an_empty_database_is_not_made_a_second_control_plane(
    workspace: Workspace, empty: DatabaseLogins, postgres: EmbeddedPostgres
) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"holds no Kanmon.*KANMON_DATABASE_URL") as refused:
        check_before(workspace, empty)
    assert refused.value.code == "DATABASE_ELSEWHERE"
    assert schemas(postgres, "nothing_here") == 0


def test_a_workspace_with_a_ledger_key_from_before_identities_is_no_new_one(
    tmp_path: Path, empty: DatabaseLogins
) -> None:
    old = Workspace.create(tmp_path / "old", is_replay=False)
    check_before(old, empty)
    old.ledger_key.write_text("a key\n")
    with pytest.raises(DatabaseUnavailable, match="holds no Kanmon"):
        check_before(old, empty)


def test_another_control_plane_is_told_from_this_one(
    workspace: Workspace, empty: DatabaseLogins, postgres: EmbeddedPostgres
) -> None:
    run_as_superuser(postgres, "CREATE SCHEMA IF NOT EXISTS public")
    with engine_as(postgres.superuser_url("nothing_here"), None).begin() as connection:
        connection.execute(text("CREATE SCHEMA kanmon AUTHORIZATION kanmon_owner"))
    prepare_database(empty)
    with pytest.raises(DatabaseUnavailable, match="another Kanmon"):
        check_before(workspace, empty)


def test_a_torn_note_of_the_control_plane_is_written_again(workspace: Workspace, logins: DatabaseLogins) -> None:
    note = workspace.root / "control-plane"
    kept = note.read_bytes()
    note.write_bytes(b"")
    check_before(workspace, logins)
    note_control_plane(workspace, logins)
    assert note.read_bytes() == kept


class Pooler:
    """Passes connections on to the server without the `options` of their beginning, as pgbouncer usually does."""

    def __init__(self, folder: Path, server: Path) -> None:
        self._server = server
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / ".s.PGSQL.5432"))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self._server))
        (length,) = struct.unpack("!I", client.recv(4, socket.MSG_WAITALL))
        begun = client.recv(length - 4, socket.MSG_WAITALL)
        words = begun[4:].split(b"\0")[:-2]
        kept = [word for name, value in zip(words[::2], words[1::2], strict=True) if name != b"options"
                for word in (name, value)]  # fmt: skip
        begun = begun[:4] + b"\0".join(kept) + b"\0\0"
        server.sendall(struct.pack("!I", len(begun) + 4) + begun)
        other = threading.Thread(target=self._copy, args=(server, client), daemon=True)
        other.start()
        self._copy(client, server)
        other.join()
        client.close()
        server.close()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while content := source.recv(65536):
                sink.sendall(content)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return


def test_a_pooler_that_drops_what_a_connection_begins_with_is_told(
    logins: DatabaseLogins, tmp_path: Path, postgres: EmbeddedPostgres
) -> None:
    (tmp_path / "p").mkdir()
    pooler = Pooler(tmp_path / "p", Path(str(logins.app.query["host"])) / ".s.PGSQL.5432")
    url = postgres.superuser_url(logins.app.database or "").update_query_dict({"host": str(tmp_path / "p")})
    try:
        with pytest.raises(DatabaseUnavailable, match=r"search_path.*pgbouncer.*PostgreSQL's own port"):
            prepare_database(DatabaseLogins(url, url))
        database = Database(url)
        with pytest.raises(DatabaseUnavailable, match="pgbouncer"), database.read() as session:
            session.connection.execute(text("SELECT 1"))
        database.close()
        with engine_as(url.update_query_dict({"host": str(logins.app.query["host"])}), APP).connect() as connection:
            assert connection.scalar(text("SELECT current_user")) == APP
    finally:
        pooler.close()
