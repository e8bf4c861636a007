"""Clients' decisions and the audits of use over an open application, for commands and portals."""

from collections.abc import Sequence

from kanmon.application.application import Application
from kanmon.audits.use.service import AuditFile, ClientAudit, UseAudit
from kanmon.audits.use.store import PostgresUseAuditStore
from kanmon.clients.contract import Contract
from kanmon.clients.decision import DecisionVerdict, StageAlert
from kanmon.clients.use import Alert
from kanmon.core.canonical import TextForm, canonical
from kanmon.core.errors import ApplicantUnknown, StageUnknown, StatementIncomplete, UsageError
from kanmon.core.ids import ApplicantId, ClientId
from kanmon.core.language import N_
from kanmon.gate.switch.model import SwitchScope, stopped_scopes
from kanmon.gate.switch.store import StopRecords, StopStore
from kanmon.provision.store.client_statements import ClientRecords
from kanmon.provision.store.decisions import DecisionStore, enter_decisions

AUDITOR = "kanmon audit use"
"""Who suspends, where the audit itself does as its plan says."""
BECAUSE = "EMP-05, AC-24: the use audit found that decisions depend on whether the score could be read"


def commit_decision(application: Application, client: ClientId, applicant: str, stage: str, verdict: str) -> None:
    """Commit a client's decision about an applicant of the season that its contract scores, or change one.

    `ApplicantUnknown` where it has none of that ID, `StageUnknown` where the contract doesn't list the stage,
    `StatementIncomplete` where something is missing.
    """
    decided, stage = DecisionVerdict.stated(verdict), canonical(stage, TextForm.WORDS).text
    if not stage:
        raise StatementIncomplete(N_("name the stage that was decided; nothing was recorded"))
    with application.transactions.begin() as work:
        [known] = work.terms.chosen([client], None)
        season, at = known.contract.scores, application.clock.now()
        _check_listed(known.contract, stage)
        if not DecisionStore(work.session).decide(client, season, ApplicantId(applicant.strip()), stage, decided, at):
            raise ApplicantUnknown(
                N_("no applicant %(applicant)s of this season was handed over; nothing was recorded"),
                applicant=applicant.strip(),
            )
        enter_decisions(work.session, work.ledger)


def _check_listed(contract: Contract, stage: str) -> None:
    stages = contract.opening_stages
    if stages is None or stage in stages:
        return
    if not stages:
        raise StageUnknown(
            N_("the contract lists no stages that decisions may name; ask the provider. Nothing was recorded")
        )
    raise StageUnknown(
        N_("“%(stage)s” is not among the contract's stages: %(known)s; nothing was recorded"),
        stage=stage,
        known=", ".join(contract.stages),
    )


def stage_alerts(application: Application) -> list[StageAlert]:
    """The stages that moved under contracts in which scores wait for a decision, client by client, newest first."""
    with application.transactions.read() as work:
        return [
            alert
            for client in work.terms.chosen([], None)
            if client.contract.decision_lock or client.contract.withheld_share is not None
            for alert in DecisionStore(work.session).moved(client.client_id)
        ]


def audit_use(application: Application, person: str, *, suspends: bool) -> list[ClientAudit]:
    """Look at every client, record what was found, and suspend whoever is found; see `audits.use.service`."""
    if not person.strip():
        raise UsageError(N_("say who stops or resumes, and why"))
    with application.transactions.begin() as work:
        return UseAudit(
            PostgresUseAuditStore(work.session), StopStore(work.session), work.ledger, application.clock, work.terms
        ).look(person, BECAUSE, suspends=suspends)


def audit_files(application: Application) -> list[AuditFile]:
    """The audit file of every client, as of one moment, by client."""
    with application.transactions.read() as work:
        terms = work.terms
        store = PostgresUseAuditStore(work.session)
        switched = StopRecords(work.session).switched()
        now = application.clock.now()
        at = now if application.clock.is_replay else max([now, *(one.act.at for one in switched)])
        stopped = stopped_scopes([one.act for one in switched], at)
        files = [
            AuditFile(
                client=client,
                registered=store.registered(client.client_id, client.contract.scores),
                looked=store.looked(client.client_id, client.contract.scores),
                changed=DecisionStore(work.session).changed(client.client_id),
                alerts=(),
                is_suspended=SwitchScope(client_id=client.client_id) in stopped,
            )
            for client in terms.chosen([], None)
        ]
    return [_with_alerts(application, file) for file in files]


def _with_alerts(application: Application, file: AuditFile) -> AuditFile:
    alerts: Sequence[Alert]
    with application.transactions.read() as work:
        alerts = ClientRecords(work.session, file.client.client_id).alerts()
    return AuditFile(file.client, file.registered, file.looked, file.changed, alerts, file.is_suspended)
