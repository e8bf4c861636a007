"""Whatever fails, a person reads a sentence with what to do, and no personal data."""

import errno
import os
import sys
from pathlib import Path

import pytest

from kanmon.application.failures import failure_of
from kanmon.application.fault_reports import workspace_of
from kanmon.cli import main
from kanmon.core.errors import KanmonError
from kanmon.core.workspace import Workspace
from kanmon.db.kept_keys import OwnMemory
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.rights.erasure.files.workspace import FAULT_FILES, WorkspaceErasing


def raised(error: BaseException) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (errno.ENOSPC, "DISK_FULL", "no room"),
        (errno.EDQUOT, "DISK_FULL", "no room"),
        (errno.EROFS, "FILE_FAILED", "whose it is"),
        (errno.EACCES, "FILE_FAILED", "whose it is"),
        (errno.ENOTDIR, "FILE_FAILED", "in the way"),
        (errno.EEXIST, "FILE_FAILED", "in the way"),
        (errno.EISDIR, "FILE_FAILED", "in the way"),
        (errno.ENOENT, "FILE_FAILED", "not there"),
        (errno.EIO, "FILE_FAILED", "look after the disk"),
    ],
)
def test_a_file_that_fails(number: int, code: str, words: str) -> None:
    told = failure_of(OSError(number, os.strerror(number), "work/reports"), None)
    assert (told.code, told.exit_status) == (code, 1)
    assert "work/reports" in str(told)
    assert os.strerror(number) in str(told)
    assert words in str(told)


def test_a_disk_that_is_full_without_a_name() -> None:
    assert failure_of(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), None).code == "DISK_FULL"


@pytest.mark.parametrize("named", [("--workspace", "{}"), ("--workspace={}",)])
def test_a_fault_of_the_program_is_written_down_in_the_workspace(tmp_path: Path, named: tuple[str, ...]) -> None:
    workspace = Workspace.create(tmp_path / "work", is_replay=False)
    error = raised(ValueError("山田 花子"))
    told = failure_of(error, workspace_of(["run", *(word.format(workspace.root) for word in named)]))
    assert (told.code, told.exit_status) == ("PROGRAM_FAULT", 1)
    assert "山田" not in str(told)
    assert "ValueError at test_failures.py:" in str(told)
    (file,) = workspace.root.glob("kanmon-fault-*.txt")
    assert str(file) in str(told)
    assert file.stat().st_mode & 0o077 == 0
    assert "Traceback" in file.read_text(encoding="utf-8")
    assert "山田 花子" in file.read_text(encoding="utf-8")


def test_somebody_who_is_erased_stays_in_no_traceback(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "work", is_replay=False)
    failure_of(raised(ValueError("山田 花子")), workspace.root)
    assert list(workspace.root.glob(FAULT_FILES))
    WorkspaceErasing(workspace, SealedRows(workspace.keys, OwnMemory())).forget_values([frozenset({"M1"})])
    assert not list(workspace.root.glob(FAULT_FILES))


def test_a_fault_without_a_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "nowhere"))
    assert "written in -" in str(failure_of(raised(KeyError("x")), workspace_of(["run"])))
    (tmp_path / "nowhere").mkdir()
    told = failure_of(raised(KeyError("x")), workspace_of(["run"]))
    (file,) = (tmp_path / "nowhere").iterdir()
    assert str(file) in str(told)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "work/x"), "FILE_FAILED"),
        (RuntimeError("山田 花子"), "PROGRAM_FAULT"),
        (KanmonError("a rule"), "FAILED"),
    ],
)
def test_the_command_ends_with_a_sentence(
    error: Exception, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> None:
        raise error

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["kanmon", "run"])
    monkeypatch.setattr(main, "command_line", fail)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 1
    err = capsys.readouterr().err
    assert err.startswith("kanmon: ")
    assert err.endswith(f"[{code}]\n")
    assert "Traceback" not in err
    assert "山田" not in err
