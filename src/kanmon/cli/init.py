"""`kanmon init`: a workspace, or a small season in a folder of its own to begin from.

JSON: `workspace` and `example`, the folders that were made; null where one was not asked for.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from kanmon.application.creating import create_workspace
from kanmon.cli.opening import JsonOption
from kanmon.cli.output import print_json, say
from kanmon.cli.shapes import InitResult
from kanmon.core.clock import SystemClock
from kanmon.core.errors import UsageError
from kanmon.core.language import N_, preferred_language, translations
from kanmon.intake.use_cases.folder_shape import TABLES, write_service
from kanmon_stories.example import write_example

DEFAULT = Path("kanmon-workspace")


def init(
    directory: Annotated[Path | None, typer.Argument(metavar="DIR")] = None,
    replay: Annotated[bool, typer.Option("--replay", help="Let later commands act at another moment.")] = False,
    example: Annotated[
        Path | None,
        typer.Option("--example", metavar="FOLDER", help="Write a small season with every file and key, to change."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a workspace with the embedded defaults; with --example, write a folder to load instead.

    With both DIR and --example, do both.
    """
    if example is not None:
        _write_example(example)
        if not as_json:
            _say_example(example)
    workspace = DEFAULT if example is None and directory is None else directory
    if workspace is not None:
        create_workspace(workspace, replay)
        if not as_json:
            say(_("workspace %(folder)s is ready; next: kanmon load DIR --workspace %(folder)s"), folder=workspace)
    if as_json:
        made = None if workspace is None else str(workspace)
        print_json(InitResult(workspace=made, example=None if example is None else str(example)))


def _write_example(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(N_("%(folder)s is not an empty folder: name one that is not there yet"), folder=folder)
    write_service(folder, write_example(folder, TABLES, now=SystemClock().now()), _)


def _say_example(folder: Path) -> None:
    say(
        _(
            "the example is in %(folder)s; begin with service.yaml, which explains each key. Next: kanmon init, "
            "kanmon check %(folder)s, kanmon load %(folder)s, kanmon run"
        ),
        folder=folder,
    )


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
