"""A workspace whose lake was moved to object storage: a person is erased there, and no command looks elsewhere."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyarrow.fs import FileSelector, FileSystem, FileType, LocalFileSystem, copy_files

from tests.journey.command import Road, kanmon
from tests.object_storage import ObjectStorage


def objects(uri: str) -> Mapping[str, bytes]:
    """Every object below an address."""
    files, prefix = FileSystem.from_uri(uri)
    found = files.get_file_info(FileSelector(prefix, recursive=True))
    return {one.base_name: files.open_input_stream(one.path).read() for one in found if one.type == FileType.File}


def test_a_lake_is_moved_and_a_person_erased_there(
    s3: ObjectStorage,
    season: Path,
    loaded: Road,
    workspace: Callable[[Road | None], Road],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    road, uri = workspace(loaded), s3.fresh()
    files, prefix = FileSystem.from_uri(uri)
    copy_files(str(road.root / "lake"), prefix, LocalFileSystem(), files)
    shutil.rmtree(road.root / "lake")
    monkeypatch.setenv("KANMON_LAKE", uri)
    member = pq.read_table(season / "members.parquet")["member_id"][0].as_py()
    before = objects(uri)
    assert any(member.encode() in content for content in before.values())
    done = road("subject", "erase", member)
    assert done.status == 0, done.err
    after = objects(uri)
    assert not any(member.encode() in content for content in after.values())
    assert any(name.startswith("event-") and name not in before for name in after)
    assert not list((road.root / "lake").rglob("*"))
    monkeypatch.delenv("KANMON_LAKE")
    elsewhere = road("load", season)
    assert (elsewhere.status, "s3://bucket/" in elsewhere.err) == (2, True)


def test_a_replay_makes_a_lake_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANMON_LAKE", "s3://bucket/lake")
    done = kanmon("replay", "rikunabi-2020")
    assert (done.status, "KANMON_LAKE" in done.err) == (2, True)
