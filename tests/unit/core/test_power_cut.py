"""What lasts of files through a power cut: only what was synced, under only the names that were synced."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kanmon.cli.output_files import write_file
from kanmon.core import durable
from kanmon.core.durable import make_folder, make_once, put_folder, replace
from kanmon.core.errors import UsageError, WorkspaceTorn
from kanmon.core.refused import no_rows_refused
from kanmon.core.workspace import Workspace
from kanmon.intake.files.finished import finished, note_finished
from kanmon.intake.loading import StagedTable
from kanmon.ledger.files.checkpoint_places import FolderPlace
from kanmon.ledger.files.keys import LedgerKeyFile
from kanmon.provision.files.report import write_report
from kanmon.provision.files.sealed_rows import SealedRows
from tests.unit.provision.test_sealed_rows import REPORT


class Disk:
    """A folder of which only what `fsync` was called for is on disk: bytes of files, and entries of folders."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._files: dict[int, bytes] = {}
        self._folders: dict[int, dict[str, int]] = {}
        self._open: list[int] = []

    @contextmanager
    def watched(self, patched: pytest.MonkeyPatch) -> Iterator[None]:
        real = os.fsync
        self._note(self.root)

        def fsync(descriptor: int) -> None:
            real(descriptor)
            self._note(Path(os.readlink(f"/proc/self/fd/{descriptor}")))

        with patched.context() as context:
            context.setattr(os, "fsync", fsync)
            yield
        for descriptor in self._open:
            os.close(descriptor)

    def after_the_cut(self, copy: Path) -> Path:
        self._restore(self.root.stat().st_ino, copy)
        return copy

    def _note(self, path: Path) -> None:
        self._open.append(os.open(path, os.O_RDONLY))  # so that no other file gets its number
        if path.is_dir():
            self._folders[path.stat().st_ino] = {one.name: one.stat().st_ino for one in path.iterdir()}
            for one in path.iterdir():
                if one.is_dir():
                    self._folders.setdefault(one.stat().st_ino, {})
        else:
            self._files[path.stat().st_ino] = path.read_bytes()

    def _restore(self, number: int, copy: Path) -> None:
        if number not in self._folders:
            copy.write_bytes(self._files.get(number, b""))
            return
        copy.mkdir()
        for name, entry in self._folders[number].items():
            self._restore(entry, copy / name)


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    (tmp_path / "disk").mkdir()
    return Disk(tmp_path / "disk")


def deed_and_its_proof() -> dict[str, tuple[Callable[[Path], object], Callable[[Path], object]]]:
    """What is acknowledged, and what must then be true after the cut."""
    table = StagedTable("members", "m.csv", "0", None, no_rows_refused(), ())

    def stage(root: Path) -> None:
        make_folder(root / "staging")
        (root / "staging" / "members.parquet").write_bytes(b"rows")
        note_finished(root / "staging", StagedTable(**{**vars(table), "path": root / "staging" / "members.parquet"}))

    def fill(root: Path) -> None:
        make_folder(root / "models" / ".M-1.partial")
        (root / "models" / ".M-1.partial" / "card.json").write_text("{}")
        put_folder(root / "models" / ".M-1.partial", root / "models" / "M-1")

    return {
        "a workspace": (
            lambda root: Workspace.create(root / "w", is_replay=True),
            lambda root: Workspace.at(root / "w").is_replay,
        ),
        "the ledger's key": (
            lambda root: LedgerKeyFile(root / "ledger.key").key(),
            lambda root: LedgerKeyFile(root / "ledger.key").key(),
        ),
        "keys of a report": (
            lambda root: SealedRows(root / "keys").seal(REPORT),
            lambda root: (root / "keys" / "AOBA" / "r.keys").stat().st_size > 0,
        ),
        "a report": (
            lambda root: write_report(REPORT, root / "reports" / "AOBA" / "r"),
            lambda root: all(one.stat().st_size for one in (root / "reports" / "AOBA" / "r").iterdir()),
        ),
        "a model card": (fill, lambda root: (root / "models" / "M-1" / "card.json").read_text() == "{}"),
        "a checkpoint": (
            lambda root: _put(FolderPlace(root / "second" / "one"), b"note"),
            lambda root: FolderPlace(root / "second" / "one").read("newest") == b"note",
        ),
        "a staged table": (stage, lambda root: finished(root / "staging", "members", Path("m.csv"), "0") is not None),
        "a receipt": (
            lambda root: write_file(root / "new" / "receipt.json", b"{}"),
            lambda root: (root / "new" / "receipt.json").read_bytes() == b"{}",
        ),
    }


def _put(place: FolderPlace, content: bytes) -> None:
    with place.alone():
        place.write("newest", content)


@pytest.mark.parametrize("what", deed_and_its_proof())
def test_what_was_acknowledged_is_there_after_a_power_cut(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    deed, is_there = deed_and_its_proof()[what]
    with disk.watched(monkeypatch):
        deed(disk.root)
    assert is_there(disk.after_the_cut(tmp_path / "after"))


def test_the_cut_takes_what_was_not_synced(disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with disk.watched(monkeypatch):
        replace(disk.root / "kept", b"old")
        (disk.root / ".kept").write_bytes(b"new")
        os.replace(disk.root / ".kept", disk.root / "kept")
        durable.sync(disk.root)
        (disk.root / "unnamed").write_bytes(b"x")
    after = disk.after_the_cut(tmp_path / "after")
    assert [(one.name, one.read_bytes()) for one in after.iterdir()] == [("kept", b"")]


def test_a_file_in_place_of_another_is_the_old_or_the_new_one_whenever_the_power_goes(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = set()
    with disk.watched(monkeypatch):
        replace(disk.root / "file", b"old")
        real, counted = os.fsync, iter(range(9))

        def fsync(descriptor: int) -> None:
            real(descriptor)
            seen.add((disk.after_the_cut(tmp_path / f"after-{next(counted)}") / "file").read_bytes())

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", fsync)
            replace(disk.root / "file", b"new")
    assert seen == {b"old", b"new"}


def test_what_is_made_once_is_never_made_again_and_private(tmp_path: Path) -> None:
    assert make_once(tmp_path / "new" / "key", b"one")
    assert not make_once(tmp_path / "new" / "key", b"other")
    assert (tmp_path / "new" / "key").read_bytes() == b"one"
    assert (tmp_path / "new" / "key").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in (tmp_path / "new").iterdir()] == ["key"]


@pytest.mark.parametrize("content", [b"", b'{"format": 1, "rep', b"[]", b'{"format": 1}', b"\xff"])
def test_a_torn_workspace_file_is_told_and_written_again(tmp_path: Path, content: bytes) -> None:
    Workspace.create(tmp_path / "w", is_replay=True)
    (tmp_path / "w" / "other").write_text("x")
    (tmp_path / "w" / "kanmon.json").write_bytes(content)
    with pytest.raises(WorkspaceTorn, match=r"kanmon\.json is empty or torn.*kanmon init"):
        Workspace.at(tmp_path / "w")
    assert Workspace.create(tmp_path / "w", is_replay=True).is_replay
    assert Workspace.at(tmp_path / "w").is_replay
    with pytest.raises(UsageError, match="replay already"):
        Workspace.create(tmp_path / "w", is_replay=False)


@pytest.mark.parametrize("content", [b"", b'{"sha', b"[]", b"null"])
def test_a_torn_note_of_a_staged_table_is_read_again(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "members.finished.json").write_bytes(content)
    assert finished(tmp_path, "members", Path("m.csv"), "0") is None
    assert not (tmp_path / "members.finished.json").exists()


def test_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    replace(Path(os.devnull), b"x")
    assert not Path(os.devnull).is_file()
