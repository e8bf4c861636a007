"""The folder that a workspace is made in."""

from pathlib import Path
from stat import S_IMODE

import pytest

from kanmon.core.workspace import Workspace


@pytest.mark.parametrize("mode", [0o755, 0o777, 0o750, 0o701, 0o700])
def test_a_folder_that_was_there_is_closed_to_others(tmp_path: Path, mode: int) -> None:
    root = tmp_path / "work"
    root.mkdir()
    root.chmod(mode)
    Workspace.create(root, is_replay=False)
    assert S_IMODE(root.stat().st_mode) == 0o700


def test_a_workspace_that_somebody_opened_is_closed_by_making_it_again(tmp_path: Path) -> None:
    Workspace.create(tmp_path / "work", is_replay=False)
    (tmp_path / "work").chmod(0o755)
    Workspace.create(tmp_path / "work", is_replay=False)
    assert S_IMODE((tmp_path / "work").stat().st_mode) == 0o700
