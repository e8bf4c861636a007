"""A folder that lies elsewhere: on object storage, or as a table in many Parquet files."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.fs import FileSystem

from kanmon.core.errors import FolderUnreadable, UsageError
from kanmon.intake.files.remote import local_folder
from tests.object_storage import ObjectStorage, object_storage
from tests.unit.intake.folders import MEMBERS, Folder, remarks, rows, told


@pytest.fixture(scope="module")
def storage() -> Iterator[ObjectStorage]:
    with object_storage() as running:
        yield running


def test_a_folder_on_object_storage_is_read_whole_and_its_copy_is_gone_afterwards(
    storage: ObjectStorage, tmp_path: Path
) -> None:
    address = storage.uri("bucket/season/2027")
    filesystem, path = FileSystem.from_uri(address)
    for name in ("members.csv", "policies/privacy.txt"):
        with filesystem.open_output_stream(f"{path}/{name}") as file:
            file.write(MEMBERS.encode())
    with local_folder(address, tmp_path) as folder:
        assert (folder / "members.csv").read_text() == MEMBERS
        assert (folder / "policies" / "privacy.txt").exists()
        assert folder.is_relative_to(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_there_is_told_without_the_secrets_of_its_address(storage: ObjectStorage, tmp_path: Path) -> None:
    address = storage.uri("bucket/nothing/here").replace("s3://", "s3://somebody:secret@")
    with pytest.raises(FolderUnreadable) as refusal, local_folder(address, tmp_path):
        pass
    assert "s3://bucket/nothing/here" in str(refusal.value)
    assert ":secret" not in str(refusal.value)


@pytest.mark.parametrize("address", ["ftp://host/folder", "s3://", "nowhere://x"])
def test_an_address_of_no_known_kind_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises((UsageError, FolderUnreadable)), local_folder(address, tmp_path):
        pass


def test_a_folder_of_this_machine_is_read_where_it_is(tmp_path: Path) -> None:
    with local_folder(str(tmp_path), tmp_path) as folder:
        assert folder == tmp_path


def write_parts(folder: Path) -> None:
    for season, members in (("2026", ["m1", "m2"]), ("2027", ["m3", None])):
        place = folder / f"season={season}"
        place.mkdir(parents=True)
        registered = ["2026-01-02T03:04:05Z"] * len(members)
        pq.write_table(pa.table({"member_id": members, "registered_at": registered}), place / "part-0.parquet")
    (folder / "_SUCCESS").touch()


@pytest.mark.parametrize("name", ["members", "members.parquet"])
def test_a_table_in_many_parquet_files_is_one_table_and_its_partitions_are_columns(tmp_path: Path, name: str) -> None:
    folder = Folder(tmp_path)
    write_parts(folder.path / name)
    table = folder.staged()
    assert rows(table, "line", "member_id", "season") == [(1, "m1", "2026"), (2, "m2", "2026"), (3, "m3", "2027")]
    assert told(table) == [(4, "member_id", "", "missing")]
    first = table.sha256
    assert folder.staged().sha256 == first
    (folder.path / name / "season=2027" / "part-0.parquet").unlink()
    assert folder.staged().sha256 != first


def test_a_table_in_a_file_and_in_a_folder_is_told(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    write_parts(folder.path / "members")
    assert "say the same table: keep one of them" in remarks(folder.write("members.csv", MEMBERS).staged())
