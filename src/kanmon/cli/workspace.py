"""`kanmon init` and `kanmon stop-database`: a workspace, and the server of its database."""

import os
from pathlib import Path
from typing import Annotated

import typer

from kanmon.application.application import stop_database
from kanmon.application.creating import create_workspace
from kanmon.cli.opening import WorkspaceOption
from kanmon.cli.output import say
from kanmon.core.language import preferred_language, translations


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR")] = Path("kanmon-workspace"),
    replay: Annotated[bool, typer.Option("--replay", help="Let later commands act at another moment.")] = False,
) -> None:
    """Make a workspace with the embedded defaults."""
    create_workspace(directory, replay)
    say(_("workspace %(folder)s is ready; next: kanmon load DIR --workspace %(folder)s"), folder=directory)


def stop_embedded(
    workspace: WorkspaceOption = None,
) -> None:
    """Stop the embedded PostgreSQL of a workspace; the next command starts it again."""
    stop_database(workspace)
    say(_("the embedded database is stopped"))


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
