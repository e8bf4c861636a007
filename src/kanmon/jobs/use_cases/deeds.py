"""What a worker does for each kind of job. What a kind needs is loaded when the first job of that kind is done."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module

from kanmon.application.application import Application
from kanmon.incidents.notices.use_cases import Notices
from kanmon.intake.use_cases.events import collect_events
from kanmon.jobs.job import Job, JobKind, JobResult, JobState
from kanmon.jobs.timer import DEFAULTS
from kanmon.jobs.use_cases.telling import deliver_alerts
from kanmon.jobs.worker import Deed, JobProgress
from kanmon.lake.use_cases import compact_lake, lake_is_scattered
from kanmon.ledger.witnesses.use_cases import Witnesses
from kanmon.reviews.screens.reach import SETTING, named_origins

_MAIN_JOB = "kanmon.jobs.use_cases.main_job"
_BOARD_ROUND = "kanmon.jobs.use_cases.board_round"
_RECALL_ROUND = "kanmon.jobs.use_cases.recall_round"
_AUDIT_ROUND = "kanmon.jobs.use_cases.audit_round"
"""Modules with a `do`, which bring models, the linker, a browser or the writers of reports along."""


def deeds_of(application: Application, board_url: str | None = None) -> Mapping[JobKind, Deed]:
    """What a worker does for each kind. Each may be begun again: it finds what an earlier attempt left.

    `board_url` is the board's origin as the worker's operator gave it. A job's own origin may come from a page: it
    counts only where that, or `KANMON_BOARD_ORIGINS`, names it too.
    """
    named = named_origins(os.environ.get(SETTING, ""), board_url)

    def over(deed: Callable[[Application, Job], JobResult]) -> Deed:
        return lambda job, telling: deed(_telling(application, telling), job)

    return {
        JobKind.RUN: over(_loading(_MAIN_JOB)),
        JobKind.COVERAGE: over(_loading(_BOARD_ROUND, named)),
        JobKind.REPORTED: over(_loading(_BOARD_ROUND, named)),
        JobKind.COLLECT: over(_collect),
        JobKind.COMPACT: over(_compact),
        JobKind.MAIL: over(_hand_over),
        JobKind.RECALL: over(_loading(_RECALL_ROUND)),
        JobKind.WITNESS: over(_witness),
        **{kind: over(_loading(_AUDIT_ROUND)) for kind in DEFAULTS},
        JobKind.ALERT: over(_deliver),
    }


def _loading(module: str, *given: object) -> Callable[[Application, Job], JobResult]:
    """A deed whose module is loaded by the first job that needs it; it is given this before the application."""

    def deed(application: Application, job: Job) -> JobResult:
        result: JobResult = import_module(module).do(*given, application, job)
        return result

    return deed


def _telling(application: Application, telling: JobProgress) -> Application:
    return replace(application, progress=telling)


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


def _witness(application: Application, job: Job) -> JobResult:  # noqa: ARG001 - a deed takes its job
    answers = Witnesses(application, os.environ).ask()
    return JobResult(JobState.DONE, {answer.witness.key.name: answer.outcome.value for answer in answers})


def _deliver(application: Application, job: Job) -> JobResult:  # noqa: ARG001 - a deed takes its job
    return JobResult(JobState.DONE, {"sent": deliver_alerts(application, os.environ)})
