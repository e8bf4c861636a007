"""Lakes in a folder and, where a test asks for that, on object storage as well."""

from pathlib import Path

import pytest

from kanmon.lake.files.manifest import LakeFolder
from tests.object_storage import ObjectStorage

EVERYWHERE = pytest.mark.parametrize("place", ["local", "s3"], indirect=True)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> LakeFolder:
    """The place of a lake that holds nothing yet: a folder, or what `EVERYWHERE` says."""
    if getattr(request, "param", "local") == "local":
        return LakeFolder(tmp_path / "lake")
    storage: ObjectStorage = request.getfixturevalue("s3")
    return LakeFolder(storage.fresh(), tmp_path / "spill")
