"""OpenID identities, and logins that were begun and not finished yet."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_new

from kanmon.access.account import Account
from kanmon.access.oidc import BoundIdentity, Identity, Login
from kanmon.access.store.rows import ACCOUNTS, read_account
from kanmon.core.errors import UsageError
from kanmon.core.language import N_
from kanmon.db.tables.doors import account, oidc_identity, oidc_login
from kanmon.db.unit_of_work import WriteSession


class PostgresIdentityStore:
    """See `access.oidc.IdentityStore`."""

    def __init__(self, session: WriteSession) -> None:
        self._connection = session.connection

    def begin_login(
        self, state_sha256: bytes, browser_sha256: bytes, login: Login, at: datetime, ends_at: datetime
    ) -> None:
        """Keep what a login needs, and forget those whose time is over."""
        self._connection.execute(delete(oidc_login).where(oidc_login.c.ends_at <= at))
        self._connection.execute(
            insert(oidc_login).values(
                state_sha256=state_sha256,
                browser_sha256=browser_sha256,
                nonce=login.nonce,
                verifier=login.verifier,
                account_no=login.account_no,
                ends_at=ends_at,
            )
        )

    def take_login(self, state_sha256: bytes, browser_sha256: bytes, at: datetime) -> Login | None:
        """The login of a state, once, and only for the browser that began it."""
        is_it = (oidc_login.c.state_sha256 == state_sha256) & (oidc_login.c.browser_sha256 == browser_sha256)
        taken = delete(oidc_login).where(is_it, oidc_login.c.ends_at > at)
        row = self._connection.execute(
            taken.returning(oidc_login.c.nonce, oidc_login.c.verifier, oidc_login.c.account_no)
        ).one_or_none()
        return None if row is None else Login(row.nonce, row.verifier, row.account_no)

    def find(self, identity: Identity) -> Account | None:
        """The account that an identity opens."""
        is_it = (oidc_identity.c.issuer == identity.issuer) & (oidc_identity.c.subject == identity.subject)
        accounts = ACCOUNTS.join(oidc_identity, oidc_identity.c.account_no == account.c.account_no)
        row = self._connection.execute(accounts.where(is_it)).one_or_none()
        return None if row is None else read_account(row)

    def bind(self, name: str, identity: Identity, at: datetime) -> None:
        """Have an identity open the account of that name; `UsageError` where it opens one already, or there is none."""
        account_no = self._connection.scalar(select(account.c.account_no).where(account.c.name == name))
        if account_no is None:
            raise UsageError(N_("there is no account with the name %(name)s"), name=name)
        made = insert_new(oidc_identity).values(
            account_no=account_no, issuer=identity.issuer, subject=identity.subject, bound_at=at
        )
        bound = made.on_conflict_do_nothing().returning(oidc_identity.c.identity_no)
        if self._connection.scalar(bound) is None:
            raise UsageError(N_("that identity is connected with an account already"))

    def bound(self, whose: Account) -> Sequence[BoundIdentity]:
        """The identities that open an account, oldest first."""
        found = select(oidc_identity).where(oidc_identity.c.account_no == whose.account_no)
        return [
            BoundIdentity(row.identity_no, Identity(row.issuer, row.subject), row.bound_at)
            for row in self._connection.execute(found.order_by(oidc_identity.c.identity_no))
        ]

    def unbind(self, whose: Account, identity_no: int) -> bool:
        """Have an identity open the account no longer; whether it did."""
        is_it = (oidc_identity.c.identity_no == identity_no) & (oidc_identity.c.account_no == whose.account_no)
        return self._connection.execute(delete(oidc_identity).where(is_it)).rowcount > 0
