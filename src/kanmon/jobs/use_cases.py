"""Jobs over an application: what each kind does, who asks for one by the clock, and a worker that does them."""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType

from kanmon.application.application import Application
from kanmon.application.failures import failure_of, in_words
from kanmon.core.errors import DatabaseUnavailable
from kanmon.core.ids import ClientId, ScreenId
from kanmon.incidents.notices.use_cases import Notices
from kanmon.intake.use_cases.events import collect_events, waiting_events
from kanmon.jobs.job import BeginJobs, Job, JobKind, JobResult, JobState
from kanmon.jobs.worker import Deed, JobProgress, Worker
from kanmon.lake.use_cases import compact_lake, lake_is_scattered
from kanmon.ledger.use_cases.awaited import take_awaited
from kanmon.pipeline.gate_run import ClientRun
from kanmon.pipeline.use_cases.season import season_run
from kanmon.provision.service import ProvisionOutcome
from kanmon.reviews.revisions.use_cases import RevisionService
from kanmon.reviews.screens.reach import SETTING, NamedOrigin, named_origins
from kanmon.reviews.screens.use_cases import go_round_board
from kanmon.rights.erasure.use_cases import ErasureService
from kanmon.rights.recall.use_cases import RecallService

COLLECT_EVERY = timedelta(minutes=1)
COMPACT_EVERY = timedelta(hours=1)
MAIL_EVERY = timedelta(minutes=1)
RECALL_EVERY = timedelta(minutes=10)
LOOKS_EVERY_SECONDS = 1
"""How often a worker that has nothing to do looks for a job."""
ASKS_EVERY_SECONDS = 10
"""How often it looks whether something is due by the clock."""


@dataclass(frozen=True)
class Timetable:
    """What is asked for by the clock, once whatever the number of workers."""

    coverage_every: timedelta | None = None
    """None: never by itself."""
    board_url: str | None = None
    """The origin of screens that are registered by a path."""

    def ask(self, application: Application) -> Sequence[Exception]:
        """Ask for what is due, and what failed meanwhile: it keeps nothing else from being asked for.

        A round that somebody made by hand counts; one that failed is not asked for at once. `DatabaseUnavailable`.
        """
        asks = (self._coverage, _ask_to_collect, _ask_to_compact, _ask_to_mail, _ask_to_recall)
        return [error for ask in asks if (error := _failure(ask, application)) is not None]

    def _coverage(self, application: Application) -> None:
        if self.coverage_every is not None and RevisionService(application).coverage_is_due(self.coverage_every):
            _ask_on_time(application, JobKind.COVERAGE, self.coverage_every, coverage_arguments([], self.board_url))


def _ask_to_collect(application: Application) -> None:
    if waiting_events(application):
        _ask_on_time(application, JobKind.COLLECT, COLLECT_EVERY)


def _ask_to_compact(application: Application) -> None:
    if lake_is_scattered(application):
        _ask_on_time(application, JobKind.COMPACT, COMPACT_EVERY)


def _ask_to_mail(application: Application) -> None:
    if Notices(application).can_hand_over(os.environ):
        _ask_on_time(application, JobKind.MAIL, MAIL_EVERY)


def _ask_to_recall(application: Application) -> None:
    _ask_on_time(application, JobKind.RECALL, RECALL_EVERY)


def _ask_on_time(
    application: Application, kind: JobKind, every: timedelta, arguments: Mapping[str, object] = MappingProxyType({})
) -> None:
    with application.transactions.begin_jobs() as store:
        store.ask_on_time(kind, arguments, every)


def _failure(ask: Callable[[Application], None], application: Application) -> Exception | None:
    try:
        ask(application)
    except DatabaseUnavailable:
        raise
    except Exception as error:
        return error
    return None


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


def coverage_arguments(screens: list[ScreenId], base: str | None) -> Mapping[str, object]:
    """The arguments of a job that goes round the board: these screens, or all in use."""
    return {"screens": screens, "base": base}


def work(
    application: Application, timetable: Timetable, lease: timedelta, stopping: threading.Event, *, until_empty: bool
) -> None:
    """Do jobs until `stopping` is set or, with `until_empty`, until none waits or runs any more.

    What fails is told, and keeps from nothing else; `until_empty`, what keeps jobs from being looked for is raised.
    """
    log = Log(application.workspace.root)
    begin = application.transactions.begin_jobs
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


def is_empty(begin: BeginJobs) -> bool:
    """Whether no job waits or runs."""
    with begin() as store:
        return not store.is_anything_open()


def deeds_of(application: Application, board_url: str | None = None) -> Mapping[JobKind, Deed]:
    """What a worker does for each kind. Each may be begun again: it finds what an earlier attempt left.

    `board_url` is the board's origin as the worker's operator gave it. A job's own origin may come from a page: it
    counts only where that, or `KANMON_BOARD_ORIGINS`, names it too.
    """
    named = named_origins(os.environ.get(SETTING, ""), board_url)

    def over(deed: Callable[[Application, Job], JobResult]) -> Deed:
        return lambda job, telling: deed(_telling(application, telling), job)

    return {
        JobKind.RUN: over(_run),
        JobKind.COVERAGE: over(partial(_coverage, named)),
        JobKind.COLLECT: over(_collect),
        JobKind.COMPACT: over(_compact),
        JobKind.MAIL: over(_hand_over),
        JobKind.RECALL: over(_recall),
    }


def _telling(application: Application, telling: JobProgress) -> Application:
    return replace(application, progress=telling)


def _run(application: Application, job: Job) -> JobResult:
    with application.workspace.hold():
        take_awaited(application)
        run = season_run(application)
        clients = run.begin("job", [] if job.client_id is None else [job.client_id], None)
        run.all_steps(clients)
        run.finish()
    are_refused = bool(clients) and all(client.is_refused for client in clients)
    told = {"run_id": run.run_id, "clients": {client.client.client_id: _told(client) for client in clients}}
    return JobResult(JobState.REFUSED if are_refused else JobState.DONE, told)


def _told(run: ClientRun) -> Mapping[str, object]:
    """What came of a run for one client: nothing that says anything of a person."""
    assert run.provided is not None
    is_new = run.provided.outcome is ProvisionOutcome.PROVIDED or bool(run.handed_over_late)
    return {
        "outcome": ProvisionOutcome.PROVIDED.value if is_new else run.provided.outcome.value,
        "refused_by": sorted(code.value for code in run.denied_by),
    }


def _coverage(named: Sequence[NamedOrigin], application: Application, job: Job) -> JobResult:
    screens, base = job.arguments["screens"], job.arguments["base"]
    assert isinstance(screens, list)
    chosen = [ScreenId(name) for name in screens]
    found = go_round_board(application, chosen, None if base is None else str(base), named)
    told = {"run_id": found.run_id, "screens": found.screens, "covered": found.covered, "is_clean": found.is_clean}
    return JobResult(JobState.DONE, told)


def _collect(application: Application, job: Job) -> JobResult:  # noqa: ARG001 - a deed takes its job
    with application.workspace.hold():
        return JobResult(JobState.DONE, dict(collect_events(application)))


def _compact(application: Application, job: Job) -> JobResult:  # noqa: ARG001 - a deed takes its job
    with application.workspace.hold():
        if lake_is_scattered(application):
            compact_lake(application)
    return JobResult(JobState.DONE, {})


def _hand_over(application: Application, job: Job) -> JobResult:  # noqa: ARG001 - a deed takes its job
    return JobResult(JobState.DONE, dict(Notices(application).hand_over(os.environ)))


def _recall(application: Application, job: Job) -> JobResult:  # noqa: ARG001 - a deed takes its job
    done = RecallService(application).tick()
    ErasureService(application).render_reports()
    return JobResult(JobState.DONE, {"asked": len(done.asked), "steps": len(done.taken)})


def ask_for_run(application: Application, client: ClientId, account_no: int) -> Job:
    """Put the main job for one client into the queue; the one that is open, where one is."""
    with application.transactions.begin_jobs() as store:
        return store.ask(JobKind.RUN, {}, client, account_no)


def ask_for_look(application: Application, base: str, account_no: int) -> Job:
    """Put a round over all screens into the queue; the one that is open, where one asks just the same.

    `base` is the origin of screens that are registered by a path; empty where there are none.
    """
    with application.transactions.begin_jobs() as store:
        return store.ask(JobKind.COVERAGE, coverage_arguments([], base or None), None, account_no)


def newest_look(application: Application) -> Job | None:
    """The round over the screens that was asked for last, by somebody or by the clock; None before the first."""
    with application.transactions.begin_jobs() as store:
        return next(iter(store.newest(None, JobKind.COVERAGE, 1)), None)
