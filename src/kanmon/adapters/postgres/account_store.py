"""Accounts, failed attempts, and who read which scores."""

from datetime import datetime

from sqlalchemy import delete, func, insert, select, update

from kanmon.access.account import Account, NewAccount, ReadPurpose
from kanmon.adapters.postgres.accounts import ACCOUNTS, read_account
from kanmon.adapters.postgres.session_store import SessionStore
from kanmon.adapters.postgres.tables.doors import account, score_read, sign_in_failure
from kanmon.adapters.postgres.tables.evidence import member
from kanmon.adapters.postgres.tables.terms import client
from kanmon.errors import UsageError
from kanmon.language import N_


class AccountStore(SessionStore):
    """See `access.service.AccountStore`."""

    def find(self, name: str) -> tuple[Account, str] | None:
        """The account of that name and the hash of its password."""
        row = self._connection.execute(ACCOUNTS.where(account.c.name == name)).one_or_none()
        return None if row is None else (read_account(row), row.password_hash)

    def add(self, new: NewAccount, password_hash: str, created_at: datetime) -> None:
        """Make an account; `UsageError` where the name or the member has one, or member or client is unknown."""
        member_no = None
        if new.member_id is not None:
            member_no = self._connection.scalar(select(member.c.member_no).where(member.c.member_id == new.member_id))
            if member_no is None:
                raise UsageError(N_("no member %(member)s is known"), member=new.member_id)
        known = select(client.c.client_id).where(client.c.client_id == new.client_id)
        if new.client_id is not None and self._connection.scalar(known) is None:
            raise UsageError(N_("no client %(client)s is known"), client=new.client_id)
        is_taken = account.c.name == new.name
        if member_no is not None:
            is_taken |= account.c.member_no == member_no
        if (name := self._connection.scalar(select(account.c.name).where(is_taken).limit(1))) is not None:
            raise UsageError(N_("there is an account already, with the name %(name)s"), name=name)
        self._connection.execute(
            insert(account).values(
                name=new.name,
                role=new.role,
                member_no=member_no,
                client_id=new.client_id,
                staff_person=new.staff_person,
                password_hash=password_hash,
                created_at=created_at,
            )
        )

    def change_password(self, whose: Account, password_hash: str) -> None:
        """Take the password in place of the old one, and end every session of the account."""
        is_own = account.c.account_no == whose.account_no
        self._connection.execute(update(account).where(is_own).values(password_hash=password_hash))
        self.end_sessions(whose, None)

    def failures(self, name_sha256: bytes, since: datetime) -> int:
        """How many attempts failed for a name since then."""
        counts = (sign_in_failure.c.name_sha256 == name_sha256) & (sign_in_failure.c.occurred_at >= since)
        return self._connection.scalar(select(func.count()).select_from(sign_in_failure).where(counts)) or 0

    def add_failure(self, name_sha256: bytes, at: datetime, forget_before: datetime) -> None:
        """Note a failed attempt, and forget those of all names that no longer count."""
        self._connection.execute(delete(sign_in_failure).where(sign_in_failure.c.occurred_at < forget_before))
        self._connection.execute(insert(sign_in_failure).values(name_sha256=name_sha256, occurred_at=at))

    def note_read(self, reader: Account, purpose: ReadPurpose, subject: str, at: datetime) -> None:
        """Note that an account read scores: those of a member, or of a provision."""
        self._connection.execute(
            insert(score_read).values(account_no=reader.account_no, purpose=purpose, subject=subject, read_at=at)
        )
