"""Who may come in by a browser."""

from kanmon.access.accounts import Accounts
from kanmon.access.files.passwords import Argon2Passwords
from kanmon.access.service import SignIn
from kanmon.access.store.accounts import PostgresAccountStore
from kanmon.application.application import Application


def sign_in_service(application: Application) -> SignIn:
    """Who may come in by a browser."""
    begin = application.transactions.writing(lambda work: PostgresAccountStore(work.session))
    return SignIn(begin, Argon2Passwords(), application.clock)


def account_service(application: Application) -> Accounts:
    """What the platform does to accounts."""
    begin = application.transactions.writing(lambda work: (PostgresAccountStore(work.session), work.ledger))
    return Accounts(begin, Argon2Passwords(), application.clock)
