"""The entry of `kanmon`, from a shell or by `python -m kanmon`."""

import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.main import get_command

from kanmon.bootstrap.garbage import loading
from kanmon.cli.help_texts import translate_help
from kanmon.cli.id_options import read_ids
from kanmon.cli.terminal import PrintableStream
from kanmon.errors import KanmonError
from kanmon.language import preferred_language, translations

_LIGHT_DOORS = {"verify": "kanmon.cli.ledger"}
"""Commands that are there at once, because their module loads neither database nor models."""
_DOOR = "kanmon.cli.app"


def main() -> None:
    """Run one command; refusals become a sentence on standard error and an exit status of the contract."""
    out: Any = PrintableStream(sys.stdout)
    err: Any = PrintableStream(sys.stderr)
    with redirect_stdout(out), redirect_stderr(err):
        _run()


def _run() -> None:
    translate = translations(preferred_language(os.environ)).gettext
    try:
        command = get_command(_app(_LIGHT_DOORS.get("".join(sys.argv[1:2]), _DOOR)))
        translate_help(command, translate)
        read_ids(command)
        command()
    except KanmonError as error:
        sys.stderr.write(f"kanmon: {error.told(translate)} [{error.code}]\n")
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        sys.exit(130)


@cache
def _app(module: str) -> typer.Typer:
    """The commands of a module, loaded without a look for garbage."""
    with loading():
        found: typer.Typer = import_module(module).app
    return found
