"""Where the traceback of a fault of the program is written: for the owner alone, as it may hold personal data."""

import tempfile
import traceback
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from kanmon.core.durable import replace
from kanmon.core.errors import KanmonError
from kanmon.core.settings import named_workspace
from kanmon.core.workspace import Workspace


def written_down(error: Exception, root: Path | None) -> Path | None:
    """Where the traceback lies: in the workspace, else in the system's folder for such files.

    A fault that comes again at the same place is written over the one before, so that a service never fills the disk.
    """
    text = "".join(traceback.format_exception(error))
    frames = traceback.extract_tb(error.__traceback__)
    place = [type(error).__qualname__, *(f"{frame.filename}:{frame.lineno}" for frame in frames)]
    name = f"kanmon-fault-{sha256(' '.join(place).encode()).hexdigest()[:8]}.txt"
    for folder in (root, Path(tempfile.gettempdir())):
        if folder is None:
            continue
        try:
            replace(folder / name, text.encode("utf-8", "backslashreplace"), private=True)
        except OSError:
            continue
        return folder / name
    return None


def workspace_of(arguments: Sequence[str]) -> Path | None:
    """The workspace that a command was given or works in; None where it is none."""
    try:
        return Workspace.find(named_workspace(arguments)).root
    except (KanmonError, OSError):
        return None
