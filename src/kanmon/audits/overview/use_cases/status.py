"""The state of a workspace, and its runs."""

import platform
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from kanmon.application.application import Application
from kanmon.audits.overview.status import RunSummary, WorkspaceStatus
from kanmon.audits.overview.store.status import StatusStore


@dataclass(frozen=True)
class Machine:
    """What the workspace stands on."""

    kanmon_version: str
    python_version: str
    free_bytes: int
    """Free on the disk of the workspace."""


def status_now(application: Application) -> WorkspaceStatus:
    """The state as of now."""
    with application.transactions.read() as work:
        return StatusStore(work.session).status(application.clock.now())


def newest_runs(application: Application, most: int) -> Sequence[RunSummary]:
    """The newest runs, newest first."""
    with application.transactions.read() as work:
        return StatusStore(work.session).runs(most)


def machine_of(application: Application) -> Machine:
    """Versions, and the room that is left."""
    free = shutil.disk_usage(application.workspace.root).free
    return Machine(version("kanmon"), platform.python_version(), free)
