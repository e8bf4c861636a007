"""Who of the platform's own staff takes a step."""

from kanmon.access.account import REVIEWERS, Account
from kanmon.access.store.accounts import PostgresAccountStore
from kanmon.application.application import Application
from kanmon.core.errors import UsageError
from kanmon.core.language import N_


def reviewer(application: Application, name: str) -> Account:
    """The account of that name among the platform's own staff; `UsageError` where there is none."""
    with application.transactions.begin() as work:
        found = PostgresAccountStore(work.session).find(name)
    if found is None or found[0].role not in REVIEWERS:
        raise UsageError(N_("%(name)s is no account of a reviewer; make one with `kanmon account add`"), name=name)
    return found[0]
