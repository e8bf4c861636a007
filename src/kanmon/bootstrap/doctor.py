"""Everything of a workspace looked at once: what is damaged, and what to do about it. Nothing is changed by it.

Only a missing schema, and passwords of the embedded database that were lost, are made, as by every command.
"""

import os
import shutil
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from kanmon.adapters.embedded_postgres import EmbeddedPostgres
from kanmon.adapters.folder_sums import FolderSums
from kanmon.adapters.workspace import MARKER, Workspace
from kanmon.bootstrap.application import Application, Part
from kanmon.errors import DiskFull, FileFailed, KanmonError, WorkspaceTorn
from kanmon.language import N_
from kanmon.road.progress import Progress

_NEEDED_BYTES = 100_000_000
"""With less free space, the next command may not end."""


class State(StrEnum):
    """How a part of a workspace is."""

    SOUND = "sound"
    DAMAGED = "damaged"
    UNKNOWN = "unknown"
    """It can't be told, or not any more; not damage by itself."""


class Examination(NamedTuple):
    """One thing looked at; `fault` says what is wrong and what to do."""

    what: str
    """A word of the command's contract; see `PARTS`."""
    about: str
    """The file, folder or table."""
    state: State
    fault: KanmonError | None = None


PARTS = ("workspace", "permissions", "disk", "passwords", "database", "tables", *Part, "reports and cards")
"""What is looked at, in order."""


def examine(root: Path | None, progress: Progress) -> Iterator[Examination]:
    """Look at everything; what can't be looked at because of something else that is damaged is left out.

    `WorkspaceMissing` where there is no workspace.
    """
    try:
        workspace = Workspace.find(root)
    except WorkspaceTorn as error:
        yield Examination("workspace", MARKER, State.DAMAGED, error)
        return
    yield Examination("workspace", str(workspace.root / MARKER), State.SOUND)
    yield _permissions(workspace.root)
    yield _disk(workspace.root)
    if "KANMON_DATABASE_URL" not in os.environ:
        embedded = EmbeddedPostgres(workspace.database)
        yield _examined("passwords", str(workspace.database), embedded.passwords_fault())
    yield from _reports_and_cards(workspace.root)
    try:
        with Application.open(workspace.root, None, progress, alone=False) as application:
            yield Examination("database", _database(workspace), State.SOUND)
            yield from _tables(application)
            yield from _outside(application)
    except KanmonError as error:
        yield Examination("database", _database(workspace), State.DAMAGED, error)


def _database(workspace: Workspace) -> str:
    return "KANMON_DATABASE_URL" if "KANMON_DATABASE_URL" in os.environ else str(workspace.database)


def _examined(what: str, about: str, fault: KanmonError | None) -> Examination:
    return Examination(what, about, State.SOUND if fault is None else State.DAMAGED, fault)


def _permissions(root: Path) -> Examination:
    if not os.access(root, os.R_OK | os.W_OK | os.X_OK):
        message = N_(
            "%(folder)s can't be written to: see whose it is and whether its disk is mounted for reading alone"
        )
        return Examination("permissions", str(root), State.DAMAGED, FileFailed(message, folder=root))
    if root.stat().st_mode & 0o077:
        message = N_("%(folder)s is open to others, and personal data lies in it: chmod 700 %(folder)s")
        return Examination("permissions", str(root), State.DAMAGED, FileFailed(message, folder=root))
    return Examination("permissions", str(root), State.SOUND)


def _disk(root: Path) -> Examination:
    free = shutil.disk_usage(root).free
    if free >= _NEEDED_BYTES:
        return Examination("disk", str(root), State.SOUND)
    message = N_("only %(megabytes)s MB are free in %(folder)s: free some space before the next command")
    return Examination("disk", str(root), State.DAMAGED, DiskFull(message, megabytes=free // 1_000_000, folder=root))


def _reports_and_cards(root: Path) -> Iterator[Examination]:
    """The files that were remembered; those from before that can't be told."""
    sums = FolderSums(root)
    remembered = set()
    for folder in sums.folders():
        remembered.add(folder)
        faults = sums.damage(folder)
        yield from (
            Examination("reports and cards", str(fault.values["file"]), State.DAMAGED, fault) for fault in faults
        )
        if not faults:
            yield Examination("reports and cards", str(folder), State.SOUND)
    for folder in sorted([*root.glob("reports/*/*"), *root.glob("models/*")]):
        if folder.is_dir() and folder not in remembered and not folder.name.startswith("."):
            yield Examination("reports and cards", str(folder), State.UNKNOWN)


def _tables(application: Application) -> Iterator[Examination]:
    damaged = application.transactions.damaged_tables()
    for table, fault in damaged.items():
        yield Examination("tables", table, State.DAMAGED, fault)
    if not damaged:
        yield Examination("tables", "*", State.SOUND)


def _outside(application: Application) -> Iterator[Examination]:
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
        yield Examination(Part.LAKE, lake.place, State.SOUND)
    if unsummed:
        message = N_(
            "%(count)s files of the lake have no checksum yet, so damage to them is not noticed: kanmon compact"
        )
        yield Examination(Part.LAKE, lake.place, State.UNKNOWN, KanmonError(message, count=unsummed))
