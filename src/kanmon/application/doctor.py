"""Everything of a workspace looked at once: what is damaged, and what to do about it. Nothing is changed by it.

Only a missing schema, and passwords of the embedded database that were lost, are made, as by every command.
"""

import os
import shutil
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from kanmon.application.application import Application, Part
from kanmon.core.errors import DiskFull, FileFailed, KanmonError, WorkspaceTorn
from kanmon.core.folder_sums import FolderSums
from kanmon.core.language import N_
from kanmon.core.progress import Progress
from kanmon.core.settings import MARKER
from kanmon.core.workspace import Workspace
from kanmon.db.embedded_postgres import EmbeddedPostgres

_NEEDED_BYTES = 100_000_000
"""With less free space, the next command may not end."""


class FileState(StrEnum):
    """How a part of a workspace is."""

    SOUND = "sound"
    DAMAGED = "damaged"
    UNKNOWN = "unknown"
    """It can't be told, or not any more; not damage by itself."""


class WorkspaceExamination(NamedTuple):
    """One thing looked at; `fault` says what is wrong and what to do."""

    what: str
    """A word of the command's contract; see `PARTS`."""
    about: str
    """The file, folder or table."""
    state: FileState
    fault: KanmonError | None = None


PARTS = ("workspace", "permissions", "disk", "passwords", "database", "tables", *Part, "reports and cards")
"""What is looked at, in order."""


def examine(root: Path | None, progress: Progress) -> Iterator[WorkspaceExamination]:
    """Look at everything; what can't be looked at because of something else that is damaged is left out.

    `WorkspaceMissing` where there is no workspace.
    """
    try:
        workspace = Workspace.find(root)
    except WorkspaceTorn as error:
        yield WorkspaceExamination("workspace", MARKER, FileState.DAMAGED, error)
        return
    yield WorkspaceExamination("workspace", str(workspace.root / MARKER), FileState.SOUND)
    yield _permissions(workspace.root)
    yield _disk(workspace.root)
    if "KANMON_DATABASE_URL" not in os.environ:
        embedded = EmbeddedPostgres(workspace.database)
        yield _examined("passwords", str(workspace.database), embedded.passwords_fault())
    yield from _reports_and_cards(workspace.root)
    try:
        with Application.open(workspace.root, None, progress, alone=False) as application:
            yield WorkspaceExamination("database", _database(workspace), FileState.SOUND)
            yield from _tables(application)
            yield from _outside(application)
    except KanmonError as error:
        yield WorkspaceExamination("database", _database(workspace), FileState.DAMAGED, error)


def _database(workspace: Workspace) -> str:
    return "KANMON_DATABASE_URL" if "KANMON_DATABASE_URL" in os.environ else str(workspace.database)


def _examined(what: str, about: str, fault: KanmonError | None) -> WorkspaceExamination:
    return WorkspaceExamination(what, about, FileState.SOUND if fault is None else FileState.DAMAGED, fault)


def _permissions(root: Path) -> WorkspaceExamination:
    if not os.access(root, os.R_OK | os.W_OK | os.X_OK):
        message = N_(
            "%(folder)s can't be written to: see whose it is and whether its disk is mounted for reading alone"
        )
        return WorkspaceExamination("permissions", str(root), FileState.DAMAGED, FileFailed(message, folder=root))
    if root.stat().st_mode & 0o077:
        message = N_("%(folder)s is open to others, and personal data lies in it: chmod 700 %(folder)s")
        return WorkspaceExamination("permissions", str(root), FileState.DAMAGED, FileFailed(message, folder=root))
    return WorkspaceExamination("permissions", str(root), FileState.SOUND)


def _disk(root: Path) -> WorkspaceExamination:
    free = shutil.disk_usage(root).free
    if free >= _NEEDED_BYTES:
        return WorkspaceExamination("disk", str(root), FileState.SOUND)
    message = N_("only %(megabytes)s MB are free in %(folder)s: free some space before the next command")
    return WorkspaceExamination(
        "disk", str(root), FileState.DAMAGED, DiskFull(message, megabytes=free // 1_000_000, folder=root)
    )


def _reports_and_cards(root: Path) -> Iterator[WorkspaceExamination]:
    """The files that were remembered; those from before that can't be told."""
    sums = FolderSums(root)
    remembered = set()
    for folder in sums.folders():
        remembered.add(folder)
        faults = sums.damage(folder)
        yield from (
            WorkspaceExamination("reports and cards", str(fault.values["file"]), FileState.DAMAGED, fault)
            for fault in faults
        )
        if not faults:
            yield WorkspaceExamination("reports and cards", str(folder), FileState.SOUND)
    for folder in sorted([*root.glob("reports/*/*"), *root.glob("models/*")]):
        if folder.is_dir() and folder not in remembered and not folder.name.startswith("."):
            yield WorkspaceExamination("reports and cards", str(folder), FileState.UNKNOWN)


def _tables(application: Application) -> Iterator[WorkspaceExamination]:
    damaged = application.transactions.damaged_tables()
    for table, fault in damaged.items():
        yield WorkspaceExamination("tables", table, FileState.DAMAGED, fault)
    if not damaged:
        yield WorkspaceExamination("tables", "*", FileState.SOUND)


def _outside(application: Application) -> Iterator[WorkspaceExamination]:
    for part, fault in application.checked().items():
        if part is not Part.LAKE:
            yield _examined(part, "", fault)
    try:
        lake = application.lake
        damage, unsummed = lake.damage(), lake.unsummed()
    except KanmonError as error:
        yield _examined(Part.LAKE, str(error.values.get("file", "")), error)
        return
    for fault in damage:
        yield _examined(Part.LAKE, str(fault.values["file"]), fault)
    if not damage:
        yield WorkspaceExamination(Part.LAKE, lake.place, FileState.SOUND)
    if unsummed:
        message = N_(
            "%(count)s files of the lake have no checksum yet, so damage to them is not noticed: kanmon compact"
        )
        yield WorkspaceExamination(Part.LAKE, lake.place, FileState.UNKNOWN, KanmonError(message, count=unsummed))
