"""Which lake belongs to a workspace: noted in it, so that no command takes an empty place for the lake."""

from pathlib import Path

from kanmon.core.durable import replace
from kanmon.core.errors import LakeElsewhere
from kanmon.core.language import N_
from kanmon.core.workspace import Workspace
from kanmon.lake.files.manifest import LakeFolder
from kanmon.lake.files.note import ManifestNote


def lake_of(workspace: Workspace, uri: str | None, note: ManifestNote | None = None) -> LakeFolder:
    """The lake at a URI, or the one in the workspace; memory spills into the workspace in either case.

    `LakeElsewhere` where the workspace's events lie at another place already, `LakeOutOfReach`.
    """
    lake = LakeFolder(uri or workspace.lake, workspace.lake / ".spill", note)
    noted = _noted(workspace)
    if (noted or str(workspace.lake)) == lake.place:
        return lake
    if noted is None and not LakeFolder(workspace.lake).manifest():
        lake.check()
        replace(_note_of(workspace), f"{lake.place}\n".encode())
        return lake
    raise LakeElsewhere(
        N_(
            "the events of %(workspace)s lie at %(noted)s, not at %(asked)s: set KANMON_LAKE accordingly, or move the "
            "lake as docs/object-storage.md says"
        ),
        workspace=workspace.root,
        noted=noted or workspace.lake,
        asked=lake.place,
    )


def _noted(workspace: Workspace) -> str | None:
    try:
        return _note_of(workspace).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _note_of(workspace: Workspace) -> Path:
    return workspace.root / "lake-at"
