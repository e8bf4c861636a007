"""Withdrawals, and what follows from them at once."""

from collections.abc import Sequence

from kanmon.application.application import Application
from kanmon.core.ids import ClientId, MemberId
from kanmon.jobs.job import JobKind
from kanmon.jobs.store import PostgresJobs
from kanmon.provision.store.hidden_rows import HiddenRows
from kanmon.rights.recall.service import Recall
from kanmon.rights.withdrawal.service import WithdrawalReceipt, Withdrawals
from kanmon.rights.withdrawal.store import PostgresWithdrawalStore


def withdraw_consent(application: Application, member: MemberId, client: ClientId | None) -> WithdrawalReceipt:
    """Withdraw for one client, or for all where None; it counts when this returns, and recipients are asked."""
    with application.transactions.begin(waits=True) as work:
        done = Withdrawals(PostgresWithdrawalStore(work.session), work.ledger, application.clock).withdraw(
            member, client, work.terms.clients.values()
        )
    take_back(application, done.asked)
    return done


def take_back(application: Application, asked: Sequence[Recall]) -> None:
    """Destroy the keys of what was just asked back, and have the files of reports follow."""
    if not asked:
        return
    with application.transactions.begin() as work:
        for company, run, applicants in HiddenRows(work.session, work.seals).waiting():
            application.seals.destroy(company, run, applicants)
    with application.transactions.begin() as work:
        PostgresJobs(work.session).ask(JobKind.RECALL, {}, None, None)
