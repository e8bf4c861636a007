"""`kanmon load`: take a dataset folder in."""

from pathlib import Path
from typing import Annotated

import typer

from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.intake.cli.printing import print_load, say_completed
from kanmon.intake.use_cases.loading import load_folder
from kanmon.lake.use_cases import complete_lake


def load(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load a dataset folder; refused rows are told and the good ones kept."""
    with opened(workspace, at) as application:
        loaded = load_folder(application, folder)
        completed = complete_lake(application)
    print_load(loaded, as_json)
    if not as_json:
        say_completed(completed)
    if loaded.has_refusals:
        raise typer.Exit(3)
