"""Second places of checkpoints: a folder and object storage hold the same, and a place out of reach says so."""

from pathlib import Path

import pytest

from kanmon.core.workspace import Workspace
from kanmon.ledger.files.checkpoint_places import CheckpointPlace, places_of
from tests.object_storage import ObjectStorage


@pytest.fixture(params=["folder", "file://", "s3://"])
def place(request: pytest.FixtureRequest, tmp_path: Path, s3: ObjectStorage) -> CheckpointPlace:
    setting = {"folder": str(tmp_path / "set"), "file://": f"file://{tmp_path}/uri", "s3://": s3.fresh()}
    workspace = Workspace.create(tmp_path / "workspace", is_replay=False)
    return places_of(workspace, {"KANMON_CHECKPOINTS": setting[request.param]}, "one")[1]


def test_a_place_holds_small_files_whole(place: CheckpointPlace) -> None:
    assert place.read("newest") is None
    assert place.names() == []
    with place.alone():
        place.write("newest", b"old")
        place.write("entries", b"x")
        place.write("newest", b"new")
    assert place.read("newest") == b"new"
    assert place.names() == ["entries", "newest"]
    place.delete("entries")
    assert place.names() == ["newest"]
    assert place.is_needed


def test_object_storage_out_of_reach_is_an_error_and_names_no_secret(tmp_path: Path, s3: ObjectStorage) -> None:
    workspace = Workspace.create(tmp_path / "workspace", is_replay=False)
    gone = f"{s3.uri('no-such-bucket/x')}".replace("allow_bucket_creation=true", "allow_bucket_creation=false")
    place = places_of(workspace, {"KANMON_CHECKPOINTS": gone.replace("s3://", "s3://me:secret@")}, "one")[1]
    assert "secret" not in place.name
    with pytest.raises(OSError, match="no-such-bucket"):
        place.write("newest", b"x")
