"""The entry of `kanmon`, from a shell or by `python -m kanmon`."""

import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from typing import Any

from kanmon.cli.app import command_line
from kanmon.cli.terminal import PrintableStream
from kanmon.core.errors import KanmonError
from kanmon.core.language import preferred_language, translations


def main() -> None:
    """Run one command; refusals and failures become a sentence on standard error and an exit status of the contract."""
    out: Any = PrintableStream(sys.stdout)
    err: Any = PrintableStream(sys.stderr)
    with redirect_stdout(out), redirect_stderr(err):
        _run()


def _run() -> None:
    translate = translations(preferred_language(os.environ)).gettext
    try:
        command_line(translate)()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        told = error if isinstance(error, KanmonError) else _failure(error)
        sys.stderr.write(f"kanmon: {told.told(translate)} [{told.code}]\n")
        sys.exit(told.exit_status)


def _failure(error: Exception) -> KanmonError:
    """What is told of a failure that no rule foresaw; what tells it is loaded by no other command."""
    root = import_module("kanmon.application.fault_reports").workspace_of(sys.argv[1:])
    told: KanmonError = import_module("kanmon.application.failures").failure_of(error, root)
    return told
