"""Where the traceback of a fault of the program is written: for the owner alone, as it may hold personal data."""

import secrets
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from kanmon.adapters.durable import replace
from kanmon.adapters.workspace import Workspace
from kanmon.errors import KanmonError


def written_down(error: Exception, arguments: Sequence[str]) -> Path | None:
    """Where the traceback lies, for its owner alone: in the workspace, else in the system's folder for such files."""
    text = "".join(traceback.format_exception(error))
    name = f"kanmon-fault-{secrets.token_hex(4)}.txt"
    for folder in (_workspace(arguments), Path(tempfile.gettempdir())):
        if folder is None:
            continue
        try:
            replace(folder / name, text.encode("utf-8", "backslashreplace"), private=True)
        except OSError:
            continue
        return folder / name
    return None


def _workspace(arguments: Sequence[str]) -> Path | None:
    """The workspace that a command was given or works in; None where it is none."""
    named = None
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if word == "--workspace":
            named = Path(following)
        elif word.startswith("--workspace="):
            named = Path(word.partition("=")[2])
    try:
        return Workspace.find(named).root
    except (KanmonError, OSError):
        return None
