"""Asking for jobs, over an application. What does them is not loaded here: pages ask, a worker does."""

from collections.abc import Mapping

from kanmon.application.application import Application
from kanmon.core.ids import ClientId, ScreenId
from kanmon.jobs.job import Job, JobKind
from kanmon.jobs.store import PostgresJobs


def coverage_arguments(screens: list[ScreenId], base: str | None) -> Mapping[str, object]:
    """The arguments of a job that goes round the board: these screens, or all in use."""
    return {"screens": screens, "base": base}


def ask_for_run(application: Application, client: ClientId, account_no: int) -> Job:
    """Put the main job for one client into the queue; the one that is open, where one is."""
    with application.transactions.begin() as work:
        return PostgresJobs(work.session).ask(JobKind.RUN, {}, client, account_no)


def ask_for_look(application: Application, base: str, account_no: int) -> Job:
    """Put a round over all screens into the queue; the one that is open, where one asks just the same.

    `base` is the origin of screens that are registered by a path; empty where there are none.
    """
    with application.transactions.begin() as work:
        return PostgresJobs(work.session).ask(JobKind.COVERAGE, coverage_arguments([], base or None), None, account_no)


def newest_look(application: Application) -> Job | None:
    """The round over the screens that was asked for last, by somebody or by the clock; None before the first."""
    with application.transactions.begin() as work:
        return next(iter(PostgresJobs(work.session).newest(None, JobKind.COVERAGE, 1)), None)
