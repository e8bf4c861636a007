"""A file of the lake that is flipped, cut, swapped, lost or replaced by an older one is told, and nothing is read."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from kanmon.core.errors import LakeDamaged
from kanmon.core.ids import MemberNo
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.features import LakeFeatures
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.lake.files.erasing import DuckDBErasing
from kanmon.lake.files.manifest import MANIFEST, LakeFolder
from kanmon.lake.files.note import ManifestRecord, digest_of
from tests.engines.cases import cleared
from tests.lake.conftest import EVERYWHERE
from tests.lake.lakes import Did, Login, kept, load_events, load_logins, load_members

T = 1_770_000_000_000
TABLES = ("event", "identity", "member", "name")


class Memory:
    """Remembers the manifest of one lake; after `dies_after` notes, whoever notes is killed."""

    def __init__(self) -> None:
        self.content: ManifestRecord | None = None
        self.dies_after: int | None = None

    def noted(self) -> ManifestRecord | None:
        return self.content

    def note(self, noted: ManifestRecord) -> None:
        if self.dies_after == 0:
            raise KeyboardInterrupt
        if self.dies_after is not None:
            self.dies_after -= 1
        self.content = noted


def filled(lake: DuckDBLake, staging: Path) -> DuckDBLake:
    load_members(lake, staging, ["m1", "m2"])
    load_logins(lake, staging, [Login("c1", "m1", T), Login("c2", "m2", T)])
    load_events(lake, staging, [Did(who, T + number) for number in range(200) for who in ("m1", "m2")])
    return lake


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def lake(tmp_path: Path, memory: Memory) -> DuckDBLake:
    return filled(DuckDBLake(LakeFolder(tmp_path / "lake", note=memory)), tmp_path)


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 7)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def swapped(path: Path) -> None:
    other = next(one for one in path.parent.glob("*.parquet") if one != path)
    shutil.copyfile(other, path)


def lost(path: Path) -> None:
    path.unlink()


def made_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES = (flipped, cut, emptied, swapped, lost, made_a_folder)
USES: tuple[Callable[[DuckDBLake, Path], object], ...] = (
    lambda lake, _: LakeFeatures(OpenDuckDB(lake.folder)).compute([cleared("acme", 1)]),
    lambda lake, staging: load_events(lake, staging, [Did("m1", T)]),
    lambda lake, _: DuckDBErasing(lake.folder).erase(MemberNo(1)),
)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("damaging", DAMAGES)
def test_a_damaged_file_is_named_and_never_read(
    lake: DuckDBLake, tmp_path: Path, table: str, damaging: Callable[[Path], None]
) -> None:
    (file,) = lake.folder.manifest()[table][:1]
    path = tmp_path / "lake" / file.name
    damaging(path)
    (fault,) = lake.folder.damage()
    assert fault.values["file"] == file.name
    assert fault.values["rows"] == file.rows
    with pytest.raises(LakeDamaged, match=file.name):
        lake.folder.check_files()
    before = (tmp_path / "lake" / MANIFEST).read_bytes()
    if table != "member":  # whose names no feature needs
        with pytest.raises(LakeDamaged, match=file.name):
            LakeFeatures(OpenDuckDB(lake.folder)).compute([cleared("acme", 1)])
    with pytest.raises(LakeDamaged, match=file.name):
        DuckDBErasing(lake.folder).erase(MemberNo(1))
    assert (tmp_path / "lake" / MANIFEST).read_bytes() == before


@pytest.mark.parametrize("table", TABLES)
def test_a_single_byte_anywhere_in_a_file(lake: DuckDBLake, tmp_path: Path, table: str) -> None:
    path = tmp_path / "lake" / lake.folder.manifest()[table][0].name
    whole = path.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 12)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x20]) + whole[place + 1 :])
        with pytest.raises(LakeDamaged, match=path.name):
            lake.folder.paths(table)
    path.write_bytes(whole)
    assert lake.folder.paths(table)
    assert not lake.folder.damage()


def test_a_file_that_is_brought_back_counts_again(lake: DuckDBLake, tmp_path: Path) -> None:
    path = tmp_path / "lake" / lake.folder.manifest()["event"][0].name
    shutil.copy2(path, tmp_path / "copy")
    events = kept(lake)
    lost(path)
    with pytest.raises(LakeDamaged, match="missing"):
        kept(lake)
    shutil.copy2(tmp_path / "copy", path)
    assert kept(lake) == events


SECOND = [Did("m1", T + 100_000 + number) for number in range(50)]


@pytest.mark.parametrize("damaging", DAMAGES)
def test_events_come_back_with_the_folder_that_brought_them(
    lake: DuckDBLake, tmp_path: Path, damaging: Callable[[Path], None]
) -> None:
    load_events(lake, tmp_path, SECOND)
    events, files = kept(lake), lake.folder.manifest()["event"]
    damaging(tmp_path / "lake" / files[-1].name)
    assert lake.torn() == {"event"}
    merged = load_events(lake, tmp_path, SECOND)
    assert (merged.new, merged.replaced) == (len(SECOND), 0)
    assert kept(lake) == events
    assert not lake.folder.damage()
    assert lake.torn() == set()
    assert files[-1].name not in {file.name for file in lake.folder.manifest()["event"]}


@pytest.mark.parametrize(
    "other",
    [
        SECOND[1:],
        [*SECOND, Did("m2", T + 100_010)],
        [Did("m2", did.t) for did in SECOND[:-1]],
        [*SECOND[1:], Did("m1", T + 100_010, page="another")],
        [*SECOND, Did("m1", T, weight=7)],
    ],
    ids=["one missing", "one more", "others", "another beginning", "one that replaces"],
)
def test_another_folder_brings_nothing_back(lake: DuckDBLake, tmp_path: Path, other: list[Did]) -> None:
    load_events(lake, tmp_path, SECOND)
    path = tmp_path / "lake" / lake.folder.manifest()["event"][-1].name
    cut(path)
    before = lake.folder.manifest()["event"]
    with pytest.raises(LakeDamaged, match="brought them"):
        load_events(lake, tmp_path, other)
    assert lake.folder.manifest()["event"] == before
    assert path.exists()


def test_events_of_another_time_are_taken_beside_a_damaged_file(lake: DuckDBLake, tmp_path: Path) -> None:
    cut(tmp_path / "lake" / lake.folder.manifest()["event"][0].name)
    assert load_events(lake, tmp_path, SECOND).new == len(SECOND)
    with pytest.raises(LakeDamaged):
        lake.folder.check_files()


def test_logins_come_back_with_the_folder_that_brought_them(lake: DuckDBLake, tmp_path: Path) -> None:
    logins = [Login("c1", "m1", T), Login("c2", "m2", T)]
    lost(tmp_path / "lake" / lake.folder.manifest()["identity"][0].name)
    with pytest.raises(LakeDamaged, match="brought them"):
        load_logins(lake, tmp_path, logins[1:])
    merged = load_logins(lake, tmp_path, logins)
    assert (merged.new, merged.unchanged) == (2, 0)
    assert not lake.folder.damage()


@pytest.mark.parametrize("table", ["member", "name"])
def test_numbers_of_members_and_names_come_back_with_no_folder(lake: DuckDBLake, tmp_path: Path, table: str) -> None:
    (file,) = lake.folder.manifest()[table][:1]
    cut(tmp_path / "lake" / file.name)
    with pytest.raises(LakeDamaged, match=file.name):
        filled(lake, tmp_path)


MANIFEST_DAMAGES = (*DAMAGES[:3], lost)


@pytest.mark.parametrize("damaging", MANIFEST_DAMAGES)
def test_a_damaged_manifest_is_never_an_empty_lake(
    lake: DuckDBLake, tmp_path: Path, damaging: Callable[[Path], None]
) -> None:
    lying = sorted((tmp_path / "lake").glob("*.parquet"))
    damaging(tmp_path / "lake" / MANIFEST)
    with pytest.raises(LakeDamaged, match="manifest"):
        lake.folder.damage()
    for use in USES:
        with pytest.raises(LakeDamaged, match="manifest"):
            use(lake, tmp_path)
    assert sorted((tmp_path / "lake").glob("*.parquet")) == lying


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"tables": {"event": [{"x": 1}]}}'])
def test_a_torn_manifest_is_told_where_nothing_is_noted(tmp_path: Path, content: bytes) -> None:
    lake = filled(DuckDBLake(tmp_path / "lake"), tmp_path)
    (tmp_path / "lake" / MANIFEST).write_bytes(content)
    with pytest.raises(LakeDamaged, match="manifest"):
        lake.sizes()


def test_an_older_copy_of_the_lake_is_told_until_it_is_accepted(lake: DuckDBLake, tmp_path: Path) -> None:
    shutil.copytree(tmp_path / "lake", tmp_path / "copy")
    load_events(lake, tmp_path, [Did("m1", T + 10_000)])
    shutil.rmtree(tmp_path / "lake")
    shutil.copytree(tmp_path / "copy", tmp_path / "lake")
    with pytest.raises(LakeDamaged, match="put in force last"):
        lake.sizes()
    lake.folder.accept()
    assert lake.sizes()["event"] == 400


@pytest.mark.parametrize("notes", [0, 1])
def test_killed_between_noting_and_putting_in_force(
    lake: DuckDBLake, tmp_path: Path, memory: Memory, notes: int
) -> None:
    memory.dies_after = notes
    with pytest.raises(KeyboardInterrupt):
        load_events(lake, tmp_path, [Did("m1", T + 10_000)])
    assert lake.sizes()["event"] == 400 + notes
    memory.dies_after = None
    load_events(lake, tmp_path, [Did("m1", T + 20_000)])
    assert lake.sizes()["event"] == 401 + notes
    assert memory.content == ManifestRecord(digest_of((tmp_path / "lake" / MANIFEST).read_bytes()))


def test_noted_and_killed_before_the_manifest_was_there(tmp_path: Path, memory: Memory) -> None:
    memory.content = ManifestRecord(None, "what was about to be")
    lake = DuckDBLake(LakeFolder(tmp_path / "lake", note=memory))
    assert lake.sizes() == {}
    filled(lake, tmp_path)
    assert lake.sizes()["event"] == 400


def test_a_lake_from_before_there_were_checksums_is_completed_once(tmp_path: Path, memory: Memory) -> None:
    filled(DuckDBLake(tmp_path / "lake"), tmp_path)
    manifest = tmp_path / "lake" / MANIFEST
    read = json.loads(manifest.read_text())
    for files in read["tables"].values():
        for file in files:
            del file["size"], file["sha256"]
    manifest.write_text(json.dumps(read))
    lake = DuckDBLake(LakeFolder(tmp_path / "lake", note=memory))
    lake.folder.adopt()
    assert memory.content is not None
    state, files = lake.folder.state(), sum(map(len, lake.folder.manifest().values()))
    assert lake.folder.unsummed() == files
    assert lake.folder.complete() == files
    assert lake.folder.complete() == lake.folder.unsummed() == 0
    assert lake.folder.state() == state
    flipped(tmp_path / "lake" / lake.folder.manifest()["event"][0].name)
    with pytest.raises(LakeDamaged):
        kept(lake)


def test_every_file_has_its_checksum_after_every_change(lake: DuckDBLake, tmp_path: Path) -> None:
    load_events(lake, tmp_path, [Did("m1", T, weight=5), Did("m2", T + 10_000)])
    DuckDBErasing(lake.folder).erase(MemberNo(1))
    lake.compact()
    for files in lake.folder.manifest().values():
        for file in files:
            assert file.checksum is not None, asdict(file)
    assert not lake.folder.damage()


@EVERYWHERE
def test_lost_and_cut_wherever_the_lake_is(place: LakeFolder, tmp_path: Path) -> None:
    lake = filled(DuckDBLake(place), tmp_path)
    assert not lake.folder.damage()
    root = place.place.split("://")[-1]
    gone, short = lake.folder.manifest()["event"][0], lake.folder.manifest()["name"][0]
    place.filesystem.delete_file(f"{root}/{gone.name}")
    with place.filesystem.open_output_stream(f"{root}/{short.name}", compression=None) as stream:
        stream.write(b"PAR1")
    for by_size in (False, True):
        faults = lake.folder.damage(by_size=by_size)
        assert {fault.values["file"] for fault in faults} == {gone.name, short.name}
    with pytest.raises(LakeDamaged):
        kept(lake)
