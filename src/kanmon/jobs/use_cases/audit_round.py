"""The audits of drift, of use and of the ledger, and the deadlines, as a worker looks after them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from kanmon.application.application import Application
from kanmon.audits.drift.service import AUDITOR as DRIFT_AUDITOR
from kanmon.audits.fairness.use_cases import audit_drift
from kanmon.audits.overview.use_cases.due import due_counts
from kanmon.audits.use.use_cases import AUDITOR as USE_AUDITOR
from kanmon.audits.use.use_cases import audit_use
from kanmon.jobs.job import Job, JobKind, JobResult, JobState
from kanmon.jobs.timer import AlertCode
from kanmon.jobs.use_cases.telling import raise_alert
from kanmon.ledger.keyholder import AbsentKey
from kanmon.ledger.use_cases.checks import ledger_check, row_check

Findings = Mapping[AlertCode, Mapping[str, object]]
"""What the privacy owner is to be told, by code; nothing in it is of a person."""


def do(application: Application, job: Job) -> JobResult:
    """Do the audit of the job's kind as its command does, and raise an alert for what it found."""
    findings = _AUDITS[job.kind](application)
    for code, facts in findings.items():
        raise_alert(application, job, code, facts)
    return JobResult(JobState.DONE, {"found": {code.value: dict(facts) for code, facts in findings.items()}})


def _drift(application: Application) -> Findings:
    clients = sorted(drift.client_id for drift in audit_drift(application, [], DRIFT_AUDITOR) if drift.is_alarm)
    return {AlertCode.MODEL_DRIFTED: {"clients": clients}} if clients else {}


def _use(application: Application) -> Findings:
    audits = audit_use(application, USE_AUDITOR, suspends=True)
    clients = sorted(audit.client.client_id for audit in audits if audit.is_found)
    return {AlertCode.MISUSE_FOUND: {"clients": clients}} if clients else {}


def _ledger(application: Application) -> Findings:
    check = ledger_check(application, [])
    if check.findings:
        return {AlertCode.LEDGER_WRONG: {"count": len(check.findings)}}
    if isinstance(application.ledger_key, AbsentKey):
        raise application.ledger_key.fault  # nobody holds the rows against the ledger: that is not "nothing found"
    rows = row_check(application)
    return {AlertCode.ROWS_WRONG: {"count": len(rows)}} if rows else {}


def _deadlines(application: Application) -> Findings:
    due = due_counts(application)
    return {AlertCode.DEADLINES_DUE: {"late": due.late, "soon": due.soon}} if due.late or due.soon else {}


_AUDITS: Mapping[JobKind, Callable[[Application], Findings]] = MappingProxyType({
    JobKind.DRIFT: _drift, JobKind.USE: _use, JobKind.LEDGER: _ledger, JobKind.DEADLINES: _deadlines,
})  # fmt: skip
