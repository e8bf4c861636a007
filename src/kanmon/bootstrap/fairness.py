"""The audit of fairness over an open application."""

from kanmon.bootstrap.application import Application
from kanmon.ids import ClientId
from kanmon.oversight.fairness import Fairness, Groups, examine


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
