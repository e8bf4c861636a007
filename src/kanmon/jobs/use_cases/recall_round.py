"""Requests to recipients as a worker looks after them. Loads what writes reports."""

from kanmon.application.application import Application
from kanmon.jobs.job import Job, JobResult, JobState
from kanmon.jobs.timer import AlertCode
from kanmon.jobs.use_cases.telling import raise_alert
from kanmon.rights.erasure.use_cases import ErasureService
from kanmon.rights.recall.use_cases import RecallService


def do(application: Application, job: Job) -> JobResult:
    """Ask recipients for what is due, and take out of reports what may be opened no more."""
    done = RecallService(application).tick()
    if done.suspended:
        raise_alert(application, job, AlertCode.RECALL_OVERDUE, {"clients": sorted(done.suspended)})
    ErasureService(application).render_reports()
    return JobResult(JobState.DONE, {"asked": len(done.asked), "steps": len(done.taken)})
