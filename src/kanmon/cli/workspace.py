"""`kanmon stop-database`: the server of a workspace's database."""

import os

from kanmon.application.application import stop_database
from kanmon.cli.opening import JsonOption, WorkspaceOption
from kanmon.cli.output import print_json, say
from kanmon.cli.shapes import StopDatabaseResult
from kanmon.core.language import preferred_language, translations


def stop_embedded(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Stop the embedded PostgreSQL of a workspace; the next command starts it again."""
    stop_database(workspace)
    if as_json:
        print_json(StopDatabaseResult(stopped=True))
    else:
        say(_("the embedded database is stopped"))


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
