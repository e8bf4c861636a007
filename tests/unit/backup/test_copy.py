"""A backup counts only as the whole that was written: nothing is restored of an unfinished or a changed one."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kanmon.backup.copy import DATABASE, NAME, Backup, BackupFile, BackupUnusable, copied

CONTENT = {"database.dump": b"PGDMP rows", "lake/event-1.parquet": b"PAR1", "models/1/model.json": b"{}"}
WRONG = (
    b"", b"{", b"[]", b'{"format": 2}', b'{"format": 1}', b'{"format": 1, "files": 7}', b'{"format": 1, "files": []}'
)  # fmt: skip


def made(folder: Path) -> Backup:
    folder.mkdir(exist_ok=True)
    files = [copied(io.BytesIO(content), folder, path) for path, content in CONTENT.items()]
    at = "2026-12-01T00:00:00+00:00"
    backup = Backup(at, "1", "0001", "id", is_replay=False, entries=0, checkpoint=None, rows={"act": 1}, files=files)
    backup.write(folder)
    return backup


def test_what_was_written_is_read_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    backup = made(tmp_path)
    assert Backup.read(tmp_path) == backup
    Backup.read(tmp_path).check(tmp_path)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*") if path.is_file()} == {0}


@pytest.mark.parametrize("content", WRONG)
def test_what_is_no_backup_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(BackupUnusable, match=r"can't be read|another version"):
        Backup.read(tmp_path)


@pytest.mark.parametrize(
    ("key", "value"), [("rows", ["act"]), ("rows", {"act": "many"}), ("checkpoint", 7), ("revision", 7), ("files", {})]
)
def test_a_value_of_another_kind_is_told_with_its_key(tmp_path: Path, key: str, value: object) -> None:
    made(tmp_path)
    told = json.loads((tmp_path / NAME).read_text())
    (tmp_path / NAME).write_text(json.dumps(told | {key: value}))
    with pytest.raises(BackupUnusable, match=f"can't be read: {key}"):
        Backup.read(tmp_path)


def test_one_that_was_never_finished_is_told(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / NAME).unlink()
    with pytest.raises(BackupUnusable, match="no finished backup"):
        Backup.read(tmp_path)


@pytest.mark.parametrize("path", ["/etc/passwd", "../ledger.key", "lake/../../kanmon.json"])
def test_a_path_never_leads_out_of_the_folder(tmp_path: Path, path: str) -> None:
    backup = made(tmp_path)
    replace(backup, files=[BackupFile(path, 0, "")]).write(tmp_path)
    with pytest.raises(BackupUnusable, match="leads out"):
        Backup.read(tmp_path)


def test_a_list_of_files_without_the_database_is_no_backup(tmp_path: Path) -> None:
    backup = made(tmp_path)
    replace(backup, files=[file for file in backup.files if file.path != DATABASE]).write(tmp_path)
    with pytest.raises(BackupUnusable, match=r"database\.dump is not among the files"):
        Backup.read(tmp_path)


@pytest.mark.parametrize("path", ["database.dump", "lake/event-1.parquet", "lake//event-1.parquet", "./database.dump"])
def test_a_file_that_is_listed_twice_is_told(tmp_path: Path, path: str) -> None:
    backup = made(tmp_path)
    replace(backup, files=[*backup.files, BackupFile(path, 0, "")]).write(tmp_path)
    with pytest.raises(BackupUnusable, match="twice"):
        Backup.read(tmp_path)


@pytest.mark.parametrize(
    "path", ["ledger.key", "keys/2026/1.key", "erasure.key.new", "postgres/PG_VERSION", "kanmon.json", "lake-at",
             "checkpoints/id/newest", "models/.writing", "."],
)  # fmt: skip
def test_a_file_that_no_backup_holds_is_not_brought_back(tmp_path: Path, path: str) -> None:
    """A forged list would put keys, or another control plane, into the new workspace."""
    backup = made(tmp_path)
    replace(backup, files=[*backup.files, BackupFile(path, 0, "")]).write(tmp_path)
    with pytest.raises(BackupUnusable, match="no file of a backup"):
        Backup.read(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.sampled_from(sorted(CONTENT)), st.integers(0, 9), st.sampled_from(["flip", "cut", "grow", "remove"]))
def test_any_change_of_any_file_is_found(tmp_path: Path, path: str, place: int, change: str) -> None:
    folder = tmp_path / "backup"
    for file in sorted(folder.rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    backup = made(folder)
    content = bytearray(CONTENT[path])
    if change == "flip":
        content[place % len(content)] ^= 1
    elif change == "cut":
        del content[place % len(content) :]
    else:
        content += b"0"
    (folder / path).unlink() if change == "remove" else (folder / path).write_bytes(content)
    with pytest.raises(BackupUnusable, match="not what was backed up"):
        backup.check(folder)


def test_the_json_names_each_file_once(tmp_path: Path) -> None:
    made(tmp_path)
    told = json.loads((tmp_path / NAME).read_text())
    assert sorted(file["path"] for file in told["files"]) == sorted(CONTENT)
