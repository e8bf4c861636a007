"""Making a workspace."""

import os
from pathlib import Path

from kanmon.application.application import prepared_logins
from kanmon.core.workspace import Workspace
from kanmon.lake.files.whereabouts import lake_of


def create_workspace(root: Path, is_replay: bool) -> None:
    """Make a workspace, with its database where that is the embedded one, and note where its lake is."""
    workspace = Workspace.create(root, is_replay)
    with workspace.hold():
        lake_of(workspace, os.environ.get("KANMON_LAKE"))
        prepared_logins(workspace)
