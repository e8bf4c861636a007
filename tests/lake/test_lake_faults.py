"""The lake is whole whenever its writer is killed and wherever the disk is full: as before, or as after."""

import os
import random
import resource
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import pytest

from kanmon.core.errors import DiskFull
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.features import LakeFeatures
from kanmon.lake.files import duckdb_lake
from kanmon.lake.files.duckdb_lake import DuckDBLake
from tests.engines.cases import cleared
from tests.lake.lakes import Did, dictionary, kept, load_events, load_members, lying, staged_events

T = 1_770_000_000_000
MEMBERS = [f"m{number}" for number in range(10)]
KNOWN = [Did(who, T + number) for number in range(300) for who in MEMBERS]
CORRECTED = [Did(who, T + number, weight=2) for number in range(20) for who in MEMBERS]
NEW = [Did(who, T + number, page=f"page {number}") for number in range(300) for who in MEMBERS]
BEFORE = Counter(KNOWN)
AFTER = Counter([*CORRECTED, *KNOWN[len(CORRECTED) :], *NEW])
DISK_WAS_FULL = 3

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lake that holds the known events, and a staged file that corrects some and brings new ones."""
    folder = tmp_path_factory.mktemp("prepared")
    lake = DuckDBLake(folder / "lake")
    load_members(lake, folder, MEMBERS)
    load_events(lake, folder, KNOWN)
    staged_events(folder / "change.parquet", [*CORRECTED, *NEW])
    return folder


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    return shutil.copytree(prepared, tmp_path / "copy")


def in_small_portions() -> None:
    """Make a load of few events write as many files as one of many does."""
    duckdb_lake.PART_ROWS, duckdb_lake.PASS_ROWS = 500, 2000


def load_change(folder: Path) -> None:
    in_small_portions()
    DuckDBLake(folder / "lake").load_events(folder / "change.parquet")


def load_and_die(folder: Path, at: int) -> None:
    """Load, and be killed just before the `at`-th time that a file is renamed or deleted."""
    left = at

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in ("os.rename", "os.remove"):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    load_change(folder)


def load_on_a_small_disk(folder: Path, largest_file: int, prepare: Callable[[], None] = in_small_portions) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    prepare()
    try:
        DuckDBLake(folder / "lake").load_events(folder / "change.parquet")
    except DiskFull:
        sys.exit(DISK_WAS_FULL)


def run(target: Callable[..., None], *arguments: object, seconds: float | None = None) -> int | None:
    """The exit status of `target` in a process of its own, killed after so many seconds."""
    process = PROCESSES.Process(target=target, args=arguments)
    process.start()
    process.join(seconds)
    process.kill()
    process.join()
    return process.exitcode


def assert_whole(folder: Path) -> bool:
    """Whether the lake was changed; then loads again and once more, which must leave nothing behind."""
    lake = DuckDBLake(folder / "lake")
    found = kept(lake)
    assert found in (BEFORE, AFTER)
    merged = lake.load_events(folder / "change.parquet")
    if found == AFTER:
        assert (merged.new, merged.replaced, merged.unchanged) == (0, 0, len(NEW) + len(CORRECTED))
    else:
        assert (merged.new, merged.replaced, merged.unchanged) == (len(NEW), len(CORRECTED), 0)
    assert kept(lake) == AFTER
    load_events(lake, folder, [Did("m1", T + 10_000)])
    named = {file.name for files in lake.folder.manifest().values() for file in files}
    assert {path.name for path in (folder / "lake").rglob("*")} == named | {"manifest.json"}
    assert len(dictionary(lake)) == 303  # a kind, a company, the page of old and 300 new ones
    return found == AFTER


def test_killed_before_each_deed_on_a_file(prepared: Path, tmp_path: Path) -> None:
    was_changed = []
    at = 1
    while True:
        folder = shutil.copytree(prepared, tmp_path / str(at))
        status = run(load_and_die, folder, at)
        was_changed.append(assert_whole(folder))
        if status == 0:
            break
        assert status == -signal.SIGKILL
        at += 1 if at < 3 else 3
    assert set(was_changed) == {False, True}
    assert was_changed == sorted(was_changed)
    assert not was_changed[0]


def test_killed_at_any_moment(prepared: Path, tmp_path: Path) -> None:
    started = time.monotonic()
    assert run(load_change, shutil.copytree(prepared, tmp_path / "whole")) == 0
    seconds = time.monotonic() - started
    draw = random.Random()
    for number in range(6):
        folder = shutil.copytree(prepared, tmp_path / str(number))
        run(load_change, folder, seconds=draw.uniform(0, seconds))
        assert_whole(folder)


@pytest.mark.parametrize("largest_file", [0, 100, 500, 1000])
def test_a_full_disk(folder: Path, largest_file: int) -> None:
    before = {path.name for path in (folder / "lake").glob("event-*")}
    assert run(load_on_a_small_disk, folder, largest_file) == DISK_WAS_FULL
    assert {path.name for path in (folder / "lake").glob("event-*")} == before
    assert not assert_whole(folder)


def compact_on_a_small_disk(folder: Path, largest_file: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        DuckDBLake(folder / "lake").compact()
    except DiskFull:
        sys.exit(DISK_WAS_FULL)


def test_a_disk_that_is_full_when_files_are_merged(prepared: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(prepared, tmp_path / "copy")
    draw = random.Random(1)
    lake = DuckDBLake(folder / "lake")
    load_events(lake, folder, [Did("m1", T + draw.randrange(10**9), weight=draw.randrange(10**9)) for _ in range(1000)])
    before, events = lake.folder.manifest(), kept(lake)
    assert run(compact_on_a_small_disk, folder, 8_000) == DISK_WAS_FULL
    assert lake.folder.manifest() == before
    assert kept(lake) == events
    assert {name for name in lying(lake) if name.startswith("event-")} == {file.name for file in before["event"]}


def test_what_a_killed_command_spilled_is_deleted(folder: Path) -> None:
    spilled = folder / "lake" / ".spill" / "duckdb_temp_storage_DEFAULT-0.tmp"
    commands: tuple[Callable[[], object], ...] = (
        lambda: load_events(DuckDBLake(folder / "lake"), folder, [Did("m1", T)]),
        lambda: LakeFeatures(OpenDuckDB(folder / "lake")).compute([cleared("acme", 1)]),
    )
    for command in commands:
        spilled.parent.mkdir()
        spilled.write_text("somebody's events")
        command()
        assert not spilled.exists()
