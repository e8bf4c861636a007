"""The audits of fairness and of models in use over an open application."""

from collections.abc import Sequence

from kanmon.application.application import Application
from kanmon.audits.drift.service import Drift, watch
from kanmon.audits.drift.store import DriftStore
from kanmon.audits.fairness.service import Fairness, Groups, examine
from kanmon.audits.fairness.store import FairnessStore
from kanmon.core.ids import ClientId
from kanmon.gate.switch.service import StopSwitch
from kanmon.gate.switch.store import StopStore


def audit_fairness(application: Application, client: ClientId, groups: Groups) -> tuple[Fairness, int]:
    """How far a client's newest scores tell groups apart, and where the answer stands in the ledger.

    `UnknownClient` where there is no contract with that client.
    """
    with application.transactions.begin() as work:
        [company] = work.terms.chosen([client], None)
        found = examine(client, FairnessStore(work.session).newest(client, company.contract.scores), groups)
        (seq,) = work.ledger.append([found.entry(application.clock)])
        work.ledger.sign(application.clock.real())
    return found, seq


def audit_drift(application: Application, clients: Sequence[ClientId], person: str) -> list[Drift]:
    """Look at the models in use of these clients (all, where none is named), and stop those with an alarm.

    `UnknownClient` where there is no contract with one.
    """
    with application.transactions.begin() as work:
        stops = StopStore(work.session)
        switch = StopSwitch(stops, work.ledger, application.clock, work.terms)
        stops.hold()
        signed = {one.because for one in stops.switched()}
        return watch(
            work.terms.chosen(clients, None),
            DriftStore(work.session),
            switch,
            signed,
            work.ledger,
            application.clock,
            person,
        )
