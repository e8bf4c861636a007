"""`kanmon serve`: the portals and the API."""

import os
import signal
import sys
from contextlib import ExitStack
from types import FrameType
from typing import Annotated

import typer

from kanmon.application.keeper import database_kept
from kanmon.cli.opening import AtOption, WorkspaceOption, moment, opened
from kanmon.cli.output import say
from kanmon.cli.progress import LineProgress
from kanmon.cli.terminal import log_as_set
from kanmon.core.language import preferred_language, translations
from kanmon.jobs.cli import BoardOption, CoverageOption, timetable_of, worker_beside
from kanmon.web.serving import serve as serve_application
from kanmon.web.serving import serve_in_processes


def serve(
    host: Annotated[str, typer.Option("--host", metavar="H", help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="P", help="The port to listen at.")] = 8000,
    workers: Annotated[int, typer.Option("--workers", metavar="N", min=1, help="Processes that answer.")] = 1,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Leave the jobs to `kanmon worker` of another process.")
    ] = False,
    coverage_every: CoverageOption = None,
    board_url: BoardOption = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
) -> None:
    """Serve the portals and the API, and do the jobs asked for there, until Ctrl-C."""
    timetable = timetable_of(coverage_every, board_url)
    signal.signal(signal.SIGTERM, _end)
    with ExitStack() as stack:
        with opened(workspace, at, alone=False) as application:
            root = application.workspace.root
        stack.enter_context(database_kept(root))
        if not no_worker:
            stack.enter_context(worker_beside(root, at, timetable))
        say(_("serving http://%(host)s:%(port)s/; Ctrl-C ends it"), host=host, port=port)
        if workers > 1:
            acts_at = None if at is None else moment("--at", at)
            serve_in_processes(workers, root, acts_at, LineProgress(), host, port, log_as_set)
        else:
            serve_application(stack.enter_context(opened(root, at, alone=False)), host, port)


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what a signal's handler is given
    """Leave by way of everything that has to be closed."""
    sys.exit(0)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
