"""`kanmon load`: take a dataset folder in."""

import os
from typing import Annotated

import typer

from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import say
from kanmon.core.language import preferred_language, translations
from kanmon.intake.cli.printing import print_load, say_completed
from kanmon.intake.use_cases.loading import load_folder
from kanmon.lake.use_cases import complete_lake


def load(
    folder: Annotated[
        str, typer.Argument(metavar="DIR", help="A dataset folder, or its address: s3://, gs://, abfs://.")
    ],
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
        say(_("next: kanmon gate says who is cleared and why the others are not; kanmon run does everything"))
    if loaded.has_refusals:
        raise typer.Exit(3)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
