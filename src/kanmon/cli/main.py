"""The entry of `kanmon`, from a shell or by `python -m kanmon`."""

import json
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from typing import Any

from typer import Abort
from typer._click.exceptions import ClickException

from kanmon.cli.app import command_line
from kanmon.cli.log_options import check_log_settings
from kanmon.cli.terminal import LogStream, PrintableStream
from kanmon.core.errors import KanmonError
from kanmon.core.language import preferred_language, translations
from kanmon.core.settings import folder_of, take_settings


def main() -> None:
    """Run one command; refusals and failures become a sentence on standard error and an exit status of the contract."""
    out: Any = PrintableStream(sys.stdout)
    err: Any = LogStream(sys.stderr)
    with redirect_stdout(out), redirect_stderr(err):
        _run(out)


def _run(out: PrintableStream) -> None:
    translate = translations(preferred_language(os.environ)).gettext
    try:
        take_settings(folder_of(sys.argv[1:]), os.environ)
        check_log_settings()
        translate = translations(preferred_language(os.environ)).gettext
        status = command_line(translate).main(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except KeyboardInterrupt:
        sys.exit(130)
    except Abort:
        sys.exit(1)
    except ClickException as error:
        error.show()
        _tell_program(out, "USAGE", error.format_message(), {})
        sys.exit(error.exit_code)
    except Exception as error:
        told = error if isinstance(error, KanmonError) else _failure(error)
        sys.stderr.write(f"kanmon: {told.told(translate)} [{told.code}]\n")
        _tell_program(out, told.code, told.told(translate), told.values)
        sys.exit(told.exit_status)


def _tell_program(out: PrintableStream, code: str, message: str, values: Mapping[str, object]) -> None:
    """Where `--json` is asked for and nothing was answered yet, a refusal is the one JSON object."""
    arguments = sys.argv[1:]
    asked = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if "--json" in asked and not out.is_written:
        error = {"code": code, "message": message, "values": dict(values)}
        out.write(json.dumps({"error": error}, ensure_ascii=False, default=str) + "\n")


def _failure(error: Exception) -> KanmonError:
    """What is told of a failure that no rule foresaw; what tells it is loaded by no other command."""
    root = import_module("kanmon.application.fault_reports").workspace_of(sys.argv[1:])
    told: KanmonError = import_module("kanmon.application.failures").failure_of(error, root)
    return told
