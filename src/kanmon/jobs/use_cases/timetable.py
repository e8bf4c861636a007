"""What is asked for by the clock, whatever the number of workers."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from kanmon.application.application import Application
from kanmon.consent.rendered.model import screens_to_look_at
from kanmon.consent.rendered.use_cases import reported_words
from kanmon.core.errors import DatabaseUnavailable, UsageError
from kanmon.incidents.notices.use_cases import Notices
from kanmon.intake.use_cases.events import waiting_events
from kanmon.jobs.job import JobKind
from kanmon.jobs.store import PostgresJobs, PostgresTimers
from kanmon.jobs.timer import DEFAULTS, SETTING, Timer, timers_of
from kanmon.jobs.use_cases.asking import coverage_arguments
from kanmon.jobs.use_cases.telling import Channels, tell_failures, unsent_alerts
from kanmon.lake.use_cases import lake_is_scattered
from kanmon.ledger.witnesses.use_cases import Witnesses
from kanmon.reviews.revisions.use_cases import RevisionService

ALERT_EVERY = timedelta(minutes=1)
AT_ONCE = timedelta(0)
COLLECT_EVERY = timedelta(minutes=1)
COMPACT_EVERY = timedelta(hours=1)
MAIL_EVERY = timedelta(minutes=1)
RECALL_EVERY = timedelta(minutes=10)
REPORTED_EVERY = timedelta(minutes=15)
"""However many reports come: a look goes to all reported screens at once."""
WITNESS_EVERY = timedelta(minutes=1)
"""However many checkpoints are signed meanwhile: the newest covers them all."""


@dataclass(frozen=True)
class Timetable:
    """What is asked for by the clock, once whatever the number of workers."""

    coverage_every: timedelta | None = None
    """None: never by itself."""
    board_url: str | None = None
    """The origin of screens that are registered by a path."""

    def ask(self, application: Application) -> Sequence[Exception]:
        """Ask for what is due, and what failed meanwhile: it keeps nothing else from being asked for.

        A round that somebody made by hand counts; what failed is asked for again after a while. `DatabaseUnavailable`.
        """
        asks = (
            self._coverage, self._reported, _ask_to_collect, _ask_to_compact, _ask_to_mail, _ask_to_recall,
            _ask_to_witness,
            _ask_to_audit, tell_failures, _ask_to_tell,
        )  # fmt: skip
        return [error for ask in asks if (error := _failure(ask, application)) is not None]

    def _coverage(self, application: Application) -> None:
        if self.coverage_every is not None and RevisionService(application).coverage_is_due(self.coverage_every):
            timer = Timer(JobKind.COVERAGE, self.coverage_every, AT_ONCE)
            _ask_by(timer, application, coverage_arguments([], self.board_url))

    def _reported(self, application: Application) -> None:
        """Look at screens on which browsers reported other words, where a crawler is set up at all."""
        if self.coverage_every is not None and (screens := screens_to_look_at(reported_words(application))):
            _ask_on_time(application, JobKind.REPORTED, REPORTED_EVERY, coverage_arguments(screens, self.board_url))


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
    _ask_by(Timer(JobKind.RECALL, RECALL_EVERY, AT_ONCE), application)


def _ask_to_audit(application: Application) -> None:
    """Ask for the audits of `KANMON_TIMERS` where anything was loaded that they could look at."""
    timers = timers_of(os.environ.get(SETTING, ""))
    if not _is_loaded(application):
        return
    for kind in DEFAULTS:
        if kind in timers:
            _ask_by(timers[kind], application)
        else:
            _drop(kind, application)


def _drop(kind: JobKind, application: Application) -> None:
    with application.transactions.begin() as work:
        PostgresTimers(work.session).drop(kind)


def _ask_to_tell(application: Application) -> None:
    if unsent_alerts(application, Channels.named(os.environ)):
        _ask_on_time(application, JobKind.ALERT, ALERT_EVERY)


def _is_loaded(application: Application) -> bool:
    with application.transactions.read() as work:
        try:
            work.check_loaded()
        except UsageError:
            return False
    return True


def _ask_by(timer: Timer, application: Application, arguments: Mapping[str, object] = MappingProxyType({})) -> None:
    with application.transactions.begin() as work:
        PostgresTimers(work.session).ask(timer, arguments)


def _ask_to_witness(application: Application) -> None:
    if Witnesses(application, os.environ).are_due():
        _ask_on_time(application, JobKind.WITNESS, WITNESS_EVERY)


def _ask_on_time(
    application: Application, kind: JobKind, every: timedelta, arguments: Mapping[str, object] = MappingProxyType({})
) -> None:
    with application.transactions.begin() as work:
        PostgresJobs(work.session).ask_on_time(kind, arguments, every)


def _failure(ask: Callable[[Application], None], application: Application) -> Exception | None:
    try:
        ask(application)
    except DatabaseUnavailable:
        raise
    except Exception as error:
        return error
    return None
