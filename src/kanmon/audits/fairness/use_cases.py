"""The audits of fairness and of models in use over an open application."""

from collections.abc import Sequence

from kanmon.application.application import Application
from kanmon.audits.drift.service import Drift, watch
from kanmon.audits.fairness.service import Fairness, Groups, examine
from kanmon.core.ids import ClientId
from kanmon.gate.switch.service import StopSwitch


def audit_fairness(application: Application, client: ClientId, groups: Groups) -> tuple[Fairness, int]:
    """How far a client's newest scores tell groups apart, and where the answer stands in the ledger.

    `UnknownClient` where there is no contract with that client.
    """
    with application.transactions.begin_fairness() as (terms, store, ledger):
        [company] = terms.chosen([client], None)
        found = examine(client, store.newest(client, company.contract.scores), groups)
        (seq,) = ledger.append([found.entry(application.clock)])
        ledger.sign(application.clock.real())
    return found, seq


def audit_drift(application: Application, clients: Sequence[ClientId], person: str) -> list[Drift]:
    """Look at the models in use of these clients (all, where none is named), and stop those with an alarm.

    `UnknownClient` where there is no contract with one.
    """
    with application.transactions.begin_drift() as (terms, store, stops, ledger):
        switch = StopSwitch(stops, ledger, application.clock, terms)
        stops.hold()
        signed = {one.because for one in stops.switched()}
        return watch(terms.chosen(clients, None), store, switch, signed, ledger, application.clock, person)
