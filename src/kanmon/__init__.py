"""Kanmon (関門): scores of who may leave a selection, none of them without evidence of consent."""

from importlib import import_module
from os import PathLike
from typing import Any

_API = "kanmon.api"
"""Loads what a workspace takes: only with the first that is opened."""


def open(root: str | PathLike[str], at: object = None) -> Any:
    """The workspace in a folder, as a `kanmon.api.OpenedWorkspace` (`docs/api.md`)."""
    return import_module(_API).open_workspace(root, at)
