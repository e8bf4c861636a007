"""Passkeys, and the challenges that wait for an answer."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new

from kanmon.access.account import Account
from kanmon.access.passkeys import Credential, Passkey
from kanmon.access.store.rows import ACCOUNTS, read_account
from kanmon.db.tables.doors import account, passkey, passkey_challenge
from kanmon.db.unit_of_work import WriteSession

_KEPT = (passkey.c.credential_id, passkey.c.public_key, passkey.c.sign_count)


class PostgresPasskeyStore:
    """See `access.passkeys.PasskeyStore`."""

    def __init__(self, session: WriteSession) -> None:
        self._connection = session.connection

    def add_challenge(self, challenge_sha256: bytes, whose: Account | None, at: datetime, ends_at: datetime) -> None:
        """Keep a challenge: for an account to register with or, where None, to sign in with; forget the ended ones."""
        self._connection.execute(delete(passkey_challenge).where(passkey_challenge.c.ends_at <= at))
        account_no = None if whose is None else whose.account_no
        self._connection.execute(
            insert(passkey_challenge).values(challenge_sha256=challenge_sha256, account_no=account_no, ends_at=ends_at)
        )

    def take_challenge(self, challenge_sha256: bytes, whose: Account | None, at: datetime) -> bool:
        """Whether that challenge was open for that account; it no longer is."""
        account_no = None if whose is None else whose.account_no
        taken = delete(passkey_challenge).where(
            passkey_challenge.c.challenge_sha256 == challenge_sha256,
            passkey_challenge.c.account_no.is_not_distinct_from(account_no),
            passkey_challenge.c.ends_at > at,
        )
        return self._connection.execute(taken).rowcount > 0

    def add(self, whose: Account, name: str, credential: Credential, at: datetime) -> bool:
        """Keep a passkey; False where its ID is known already."""
        made = insert_new(passkey).values(
            credential_id=credential.credential_id,
            account_no=whose.account_no,
            name=name,
            public_key=credential.public_key,
            sign_count=credential.sign_count,
            registered_at=at,
        )
        added = made.on_conflict_do_nothing().returning(passkey.c.credential_id)
        return self._connection.scalar(added) is not None

    def list(self, whose: Account) -> Sequence[Passkey]:
        """The passkeys of an account, oldest first."""
        found = select(passkey).where(passkey.c.account_no == whose.account_no).order_by(passkey.c.registered_at)
        return [
            Passkey(row.credential_id, row.name, row.registered_at, row.used_at)
            for row in self._connection.execute(found)
        ]

    def remove(self, whose: Account, credential_id: bytes) -> bool:
        """Forget a passkey of an account; whether there was one."""
        is_it = (passkey.c.credential_id == credential_id) & (passkey.c.account_no == whose.account_no)
        return self._connection.execute(delete(passkey).where(is_it)).rowcount > 0

    def hold(self, credential_id: bytes) -> tuple[Account, Credential] | None:
        """A passkey and whose it is, held until the transaction ends."""
        accounts = ACCOUNTS.join(passkey, passkey.c.account_no == account.c.account_no).add_columns(*_KEPT)
        row = self._connection.execute(
            accounts.where(passkey.c.credential_id == credential_id).with_for_update(of=passkey)
        ).one_or_none()
        if row is None:
            return None
        return read_account(row), Credential(row.credential_id, row.public_key, row.sign_count)

    def used(self, credential_id: bytes, sign_count: int, at: datetime) -> None:
        """Note that a passkey was used."""
        is_it = passkey.c.credential_id == credential_id
        self._connection.execute(update(passkey).where(is_it).values(sign_count=sign_count, used_at=at))
