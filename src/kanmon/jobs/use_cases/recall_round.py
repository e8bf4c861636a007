"""Requests to recipients as a worker looks after them. Loads what writes reports."""

from kanmon.application.application import Application
from kanmon.jobs.job import Job, JobResult, JobState
from kanmon.rights.erasure.use_cases import ErasureService
from kanmon.rights.recall.use_cases import RecallService


def do(application: Application, job: Job) -> JobResult:  # noqa: ARG001 - a deed takes its job
    """Ask recipients for what is due, and take out of reports what may be opened no more."""
    done = RecallService(application).tick()
    ErasureService(application).render_reports()
    return JobResult(JobState.DONE, {"asked": len(done.asked), "steps": len(done.taken)})
