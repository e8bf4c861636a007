"""Everything of a workspace that can be damaged is looked at, and what is damaged is named."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kanmon.application import doctor
from kanmon.application.application import Application
from kanmon.application.doctor import FileState, examine
from kanmon.cli.progress import LineProgress
from kanmon.core.errors import LakeDamaged, WorkspaceMissing
from kanmon.core.folder_sums import FolderSums
from kanmon.core.settings import MARKER
from kanmon.core.workspace import Workspace
from kanmon.db.logins import OWNER, DatabaseLogins, engine_as
from kanmon.db.table_check import damaged_tables
from kanmon.db.unit_of_work import Database
from kanmon.jobs.job import JobKind
from kanmon.jobs.store import PostgresJobs
from kanmon.jobs.use_cases.timetable import Timetable
from kanmon.jobs.use_cases.working import Log, work
from kanmon.jobs.worker import LEASE
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.lake.files.manifest import MANIFEST, LakeFolder
from kanmon.lake.store import LakeNote
from tests.journey.command import kanmon
from tests.lake.lakes import load_members


@pytest.fixture
def workspace(database: Database, logins: DatabaseLogins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("KANMON_DATABASE_URL", logins.app.render_as_string(hide_password=False))
    monkeypatch.setenv("KANMON_MIGRATOR_URL", logins.migrator.render_as_string(hide_password=False))
    workspace = Workspace.create(tmp_path / "work", is_replay=False)
    load_members(DuckDBLake(LakeFolder(workspace.lake, note=LakeNote(database))), tmp_path, ["m1"])
    for folder in (workspace.reports / "C1" / "run", workspace.models / "C1-1"):
        folder.mkdir(parents=True)
        (folder / "content").write_text("as it was written")
        FolderSums(workspace.root).keep(folder)
    return workspace


def damaged(root: Path) -> dict[str, tuple[str, str]]:
    """The damaged parts, each with what it is about and the code."""
    found = examine(root, LineProgress())
    return {str(one.what): (one.about, one.fault.code) for one in found if one.state is FileState.DAMAGED and one.fault}


def test_a_sound_workspace(workspace: Workspace) -> None:
    found = list(examine(workspace.root, LineProgress()))
    assert {one.state for one in found} == {FileState.SOUND}
    assert {str(one.what) for one in found} == {str(part) for part in doctor.PARTS} - {"passwords"}


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("damaging", [cut, Path.unlink])
def test_damaged_files_are_named(workspace: Workspace, damaging: Callable[[Path], None]) -> None:
    (member,) = workspace.lake.glob("member-*.parquet")
    files = [workspace.reports / "C1" / "run" / "content", workspace.models / "C1-1" / "content", member]
    for file in files:
        damaging(file)
    faults = [one for one in examine(workspace.root, LineProgress()) if one.state is not FileState.SOUND]
    assert {(str(one.what), one.about, one.fault.code if one.fault else None) for one in faults} == {
        ("reports and cards", str(files[0]), "FILE_DAMAGED"),
        ("reports and cards", str(files[1]), "FILE_DAMAGED"),
        ("lake", member.name, "LAKE_DAMAGED"),
    }


def test_a_lost_manifest_and_what_is_remembered_of_no_folder(workspace: Workspace) -> None:
    (workspace.lake / MANIFEST).unlink()
    (workspace.root / "sums" / "models" / "C1-1.json").unlink()
    cut(workspace.root / "sums" / "reports" / "C1" / "run.json")
    faults = [one for one in examine(workspace.root, LineProgress()) if one.state is not FileState.SOUND]
    assert {(str(one.what), Path(one.about).name, one.state) for one in faults} == {
        ("reports and cards", "run.json", FileState.DAMAGED),
        ("reports and cards", "C1-1", FileState.UNKNOWN),
        ("lake", MANIFEST, FileState.DAMAGED),
    }


def test_a_torn_workspace_file(workspace: Workspace) -> None:
    cut(workspace.root / MARKER)
    assert damaged(workspace.root) == {"workspace": (MARKER, "WORKSPACE_TORN")}


def test_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceMissing):
        list(examine(tmp_path, LineProgress()))


def test_a_workspace_open_to_others(workspace: Workspace) -> None:
    workspace.root.chmod(0o755)
    assert set(damaged(workspace.root)) == {"permissions"}


def test_a_full_disk(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_NEEDED_BYTES", 2**63)
    assert damaged(workspace.root)["disk"] == (str(workspace.root), "DISK_FULL")


def test_a_database_that_is_not_reached(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANMON_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("KANMON_MIGRATOR_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    cut(workspace.models / "C1-1" / "content")
    assert {part: code for part, (_, code) in damaged(workspace.root).items()} == {
        "database": "DATABASE_UNAVAILABLE",
        "reports and cards": "FILE_DAMAGED",
    }


def test_the_command_says_it_and_ends_with_1(workspace: Workspace) -> None:
    sound = kanmon("doctor", "--workspace", workspace.root, "--json")
    assert sound.status == 0, sound.err
    assert sound.json["sound"] is True
    cut(workspace.reports / "C1" / "run" / "content")
    ended = kanmon("doctor", "--workspace", workspace.root, "--json")
    assert ended.status == 1
    assert ended.json["sound"] is False
    (one,) = [check for check in ended.json["checks"] if check["state"] == "damaged"]
    assert one["code"] == "FILE_DAMAGED"
    assert one["about"].endswith("reports/C1/run/content")
    assert "backup" in one["told"] or "バックアップ" in one["told"]
    told = kanmon("doctor", "--workspace", workspace.root)
    assert told.status == 1
    assert "reports/C1/run/content" in told.out


def test_a_table_that_can_not_be_read_to_its_end(database: Database, logins: DatabaseLogins) -> None:
    """A policy on its rows stands for a damaged page: reading it fails with the state of one."""
    assert damaged_tables(database) == {}
    statements = (
        """
        CREATE FUNCTION broken() RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'invalid page in block 0' USING ERRCODE = 'XX001'; END $$
        """,
        "CREATE TABLE torn (number int)",
        "INSERT INTO torn VALUES (1)",
        "ALTER TABLE torn ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY torn ON torn USING (broken())",
        "GRANT SELECT ON torn TO kanmon_app",
        "GRANT EXECUTE ON FUNCTION broken TO kanmon_app",
    )
    with engine_as(logins.migrator, OWNER).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    assert set(damaged_tables(database)) == {"torn"}


def test_a_worker_goes_on_beside_a_damaged_lake(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """What doesn't need the lake is tried, and fails here at what this workspace lacks; the damage is told once."""
    (workspace.lake / MANIFEST).unlink()
    with Application.open(workspace.root, None, LineProgress(), alone=False) as application:
        work(application, Timetable(), LEASE, threading.Event(), until_empty=True)
        with application.transactions.begin() as unit:
            done = PostgresJobs(unit.session).newest(None, JobKind.RECALL, 1)
    assert [(job.told or {})["code"] for job in done] == ["USAGE"]
    assert capsys.readouterr().err.count("[LAKE_DAMAGED]") == 1


def test_what_keeps_failing_is_told_once_until_all_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(tmp_path)
    for words in ("torn", "torn", "lost", "torn"):
        log.tell(LakeDamaged(words))
    assert capsys.readouterr().err.splitlines() == [
        "kanmon worker: torn [LAKE_DAMAGED]",
        "kanmon worker: lost [LAKE_DAMAGED]",
    ]
    log.all_is_well()
    log.tell(LakeDamaged("torn"))
    assert capsys.readouterr().err == "kanmon worker: torn [LAKE_DAMAGED]\n"
