"""`kanmon worker`: do the jobs that were asked for in a browser or by the clock."""

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import wait
from pathlib import Path
from typing import Annotated

import typer

from kanmon.application.failures import failure_of, in_words
from kanmon.cli.opening import AtOption, WorkspaceOption, opened
from kanmon.cli.signals import stopped_by_signals
from kanmon.cli.terminal import log_as_set
from kanmon.core.errors import UsageError
from kanmon.core.language import N_
from kanmon.jobs.use_cases.timetable import Timetable
from kanmon.jobs.use_cases.working import work
from kanmon.jobs.worker import LEASE
from kanmon.reviews.screens.reach import SETTING, named_origins

MOST_SECONDS_TO_STOP = 60
"""How long a worker may take to come to the next step of its job; what is killed then is taken up again later."""

CoverageOption = Annotated[
    float | None,
    typer.Option("--coverage-every", metavar="HOURS", help="Go round the board's screens so often; with --board-url."),
]
BoardOption = Annotated[
    str | None, typer.Option("--board-url", metavar="URL", help="The origin of screens that are registered by a path.")
]


def worker(
    coverage_every: CoverageOption = None,
    board_url: BoardOption = None,
    lease: Annotated[
        float, typer.Option("--lease", metavar="SECONDS", help="How long a job waits after its worker has died.")
    ] = LEASE.total_seconds(),
    until_empty: Annotated[bool, typer.Option("--until-empty", help="End when no job waits or runs.")] = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
) -> None:
    """Do the jobs that wait, until Ctrl-C: runs that clients asked for, rounds over the board, received events."""
    timetable = timetable_of(coverage_every, board_url)
    stopping = stopped_by_signals()
    with opened(workspace, at, alone=False) as application:
        work(application, timetable, timedelta(seconds=lease), stopping, until_empty=until_empty)


def timetable_of(coverage_every: float | None, board_url: str | None) -> Timetable:
    """What the options say; `UsageError` where one is there without the other, or one makes no sense."""
    if (coverage_every is None) != (board_url is None):
        raise UsageError(N_("name --coverage-every and --board-url together, or neither"))
    if coverage_every is None:
        return Timetable()
    if not coverage_every > 0:
        raise UsageError(N_("--coverage-every takes a number of hours above 0"))
    named_origins(os.environ.get(SETTING, ""), board_url)
    return Timetable(timedelta(hours=coverage_every), board_url)


@contextmanager
def worker_beside(root: Path, at: str | None, timetable: Timetable) -> Iterator[None]:
    """A worker in a process of its own until the block ends; it stops between two steps, and with its parent."""
    process = multiprocessing.get_context("spawn").Process(target=_work_beside, args=(root, at, timetable))
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(MOST_SECONDS_TO_STOP)
        process.kill()
        process.join()


def _work_beside(root: Path, at: str | None, timetable: Timetable) -> None:
    log_as_set()
    stopping = stopped_by_signals()
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_stop_with, args=(parent.sentinel, stopping), daemon=True).start()
    try:
        with opened(root, at, alone=False) as application:
            work(application, timetable, LEASE, stopping, until_empty=False)
    except Exception as error:
        sys.stderr.write(f"kanmon worker: {in_words(failure_of(error, root))}")


def _stop_with(parent: int, stopping: threading.Event) -> None:
    wait([parent])
    stopping.set()
