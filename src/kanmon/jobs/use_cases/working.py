"""A worker over an application: it asks for what is due by the clock, and does what was asked for."""

import os
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from kanmon.application.application import Application
from kanmon.application.failures import failure_of, in_words
from kanmon.core.errors import DatabaseUnavailable
from kanmon.core.transaction import Begin
from kanmon.jobs.job import JobStore
from kanmon.jobs.store import PostgresJobs
from kanmon.jobs.use_cases.deeds import deeds_of
from kanmon.jobs.use_cases.timetable import Timetable
from kanmon.jobs.worker import Worker

LOOKS_EVERY_SECONDS = 1
"""How often a worker that has nothing to do looks for a job."""
ASKS_EVERY_SECONDS = 10
"""How often it looks whether something is due by the clock."""


@dataclass
class Log:
    """Tells failures on standard error in a sentence each, and one that goes on only once."""

    root: Path
    """Of the workspace."""
    _told: set[str] = field(default_factory=set)

    def tell(self, error: Exception) -> None:
        """Tell what failed, unless it was told since the last time that nothing did."""
        words = in_words(failure_of(error, self.root))
        if words not in self._told:
            sys.stderr.write(f"kanmon worker: {words}")
        self._told.add(words)

    def all_is_well(self) -> None:
        """What fails from here on is told again."""
        self._told.clear()


def work(
    application: Application, timetable: Timetable, lease: timedelta, stopping: threading.Event, *, until_empty: bool
) -> None:
    """Do jobs until `stopping` is set or, with `until_empty`, until none waits or runs any more.

    What fails is told, and keeps from nothing else; `until_empty`, what keeps jobs from being looked for is raised.
    """
    log = Log(application.workspace.root)
    begin = application.transactions.writing(lambda work: PostgresJobs(work.session))
    worker = Worker(
        begin,
        deeds_of(application, timetable.board_url),
        f"{socket.gethostname()} {os.getpid()}",
        lease,
        stopping.is_set,
        log.tell,
    )
    due_at = time.monotonic()
    while not stopping.is_set():
        try:
            if time.monotonic() >= due_at:
                failures = timetable.ask(application)
                due_at = time.monotonic() + ASKS_EVERY_SECONDS
                for failure in failures:
                    log.tell(failure)
                if not failures:
                    log.all_is_well()
            if worker.work():
                continue
            if until_empty and is_empty(begin):
                return
        except DatabaseUnavailable as error:  # what it held is taken up when the lease has run out
            log.tell(error)
        except Exception as error:
            if until_empty:
                raise
            log.tell(error)
        stopping.wait(LOOKS_EVERY_SECONDS)


def is_empty(begin: Begin[JobStore]) -> bool:
    """Whether no job waits or runs."""
    with begin() as store:
        return not store.is_anything_open()
