"""Who may come in by a browser."""

from kanmon.access.accounts import Accounts
from kanmon.access.files.passwords import Argon2Passwords
from kanmon.access.service import SignIn
from kanmon.application.application import Application


def sign_in_service(application: Application) -> SignIn:
    """Who may come in by a browser."""
    return SignIn(application.transactions.begin_access, Argon2Passwords(), application.clock)


def account_service(application: Application) -> Accounts:
    """What the platform does to accounts."""
    return Accounts(application.transactions.begin_accounts, Argon2Passwords(), application.clock)
