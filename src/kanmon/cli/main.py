"""The entry of `kanmon`, from a shell or by `python -m kanmon`."""

import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from kanmon.cli.app import command_line
from kanmon.cli.terminal import PrintableStream
from kanmon.errors import KanmonError
from kanmon.language import preferred_language, translations


def main() -> None:
    """Run one command; refusals become a sentence on standard error and an exit status of the contract."""
    out: Any = PrintableStream(sys.stdout)
    err: Any = PrintableStream(sys.stderr)
    with redirect_stdout(out), redirect_stderr(err):
        _run()


def _run() -> None:
    translate = translations(preferred_language(os.environ)).gettext
    try:
        command_line(translate)()
    except KanmonError as error:
        sys.stderr.write(f"kanmon: {error.told(translate)} [{error.code}]\n")
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        sys.exit(130)
