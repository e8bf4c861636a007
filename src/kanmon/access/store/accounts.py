"""Accounts, failed attempts, and who read which scores."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select, text, update

from kanmon.access.account import Account, NewAccount, ReadPurpose, Role
from kanmon.access.accounts import AccountAct, AccountState, ListedAccount
from kanmon.access.oidc import Identity
from kanmon.access.service import FAILURES_ALLOWED
from kanmon.access.session import OpenSession
from kanmon.access.store.identities import PostgresIdentityStore
from kanmon.access.store.rows import ACCOUNTS, read_account
from kanmon.access.store.sessions import PostgresSessionStore
from kanmon.core.errors import UsageError
from kanmon.core.language import N_
from kanmon.db.tables.doors import (
    account,
    account_act,
    oidc_identity,
    passkey,
    score_read,
    sign_in_failure,
    sign_in_session,
)
from kanmon.db.tables.evidence import member
from kanmon.db.tables.terms import client

_ONE_BY_ONE = text("SELECT pg_advisory_xact_lock(:door)")
_LISTED = text(
    """
    SELECT a.name, a.role, coalesce(m.member_id, a.client_id, a.staff_person), a.created_at, a.closed_at,
           (SELECT count(*) FROM sign_in_session s
            WHERE s.account_no = a.account_no AND s.ends_at > now() AND s.seen_at > now() - interval '2 hours'),
           (SELECT count(*) FROM passkey p WHERE p.account_no = a.account_no)
    FROM account a LEFT JOIN member m USING (member_no) ORDER BY a.name
    """
)


class PostgresAccountStore(PostgresSessionStore):
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

    def begin_attempt(self, door_sha256: bytes, at: datetime, since: datetime) -> bool:
        """Note an attempt before the password is looked at, one after the other; False where there were too many."""
        self._connection.execute(_ONE_BY_ONE, {"door": int.from_bytes(door_sha256[:8], "big", signed=True)})
        self._connection.execute(delete(sign_in_failure).where(sign_in_failure.c.occurred_at < since))
        counts = (sign_in_failure.c.name_sha256 == door_sha256) & (sign_in_failure.c.occurred_at >= since)
        noted = self._connection.scalar(select(func.count()).select_from(sign_in_failure).where(counts)) or 0
        if noted >= FAILURES_ALLOWED:
            return False
        self._connection.execute(insert(sign_in_failure).values(name_sha256=door_sha256, occurred_at=at))
        return True

    def end_attempt(self, door_sha256: bytes, at: datetime) -> None:
        """Take an attempt back that was noted at `at`: it was right."""
        is_it = (sign_in_failure.c.name_sha256 == door_sha256) & (sign_in_failure.c.occurred_at == at)
        self._connection.execute(delete(sign_in_failure).where(is_it))

    def listed(self) -> Sequence[ListedAccount]:
        """Every account, by name, with its open sessions and passkeys."""
        return [ListedAccount(*row) for row in self._connection.execute(_LISTED)]

    def bind(self, name: str, identity: Identity, at: datetime) -> None:
        """See `IdentityStore.bind`."""
        PostgresIdentityStore(self._session).bind(name, identity, at)

    def hold(self, name: str) -> AccountState | None:
        """The account of that name, closed ones too, held until the transaction ends."""
        row = self._connection.execute(
            select(account.c.account_no, account.c.closed_at).where(account.c.name == name).with_for_update()
        ).one_or_none()
        return None if row is None else AccountState(row.account_no, row.closed_at)

    def close(self, account_no: int, at: datetime) -> None:
        """Close an account: nobody comes in by it, and its sessions end."""
        is_it = account.c.account_no == account_no
        self._connection.execute(update(account).where(is_it).values(closed_at=at))
        self.end_sessions_of(account_no)

    def reset(self, account_no: int, password_hash: str) -> None:
        """Have an account begin anew, open, with this password: its sessions, passkeys and identities go."""
        is_it = account.c.account_no == account_no
        self._connection.execute(update(account).where(is_it).values(password_hash=password_hash, closed_at=None))
        self.end_sessions_of(account_no)
        for table in (passkey, oidc_identity):
            self._connection.execute(delete(table).where(table.c.account_no == account_no))

    def end_sessions_of(self, account_no: int) -> int:
        """End every session of an account; how many rows of sessions went."""
        return self._connection.execute(
            delete(sign_in_session).where(sign_in_session.c.account_no == account_no)
        ).rowcount

    def sessions_of(self, account_no: int, at: datetime) -> Sequence[OpenSession]:
        """The open sessions of an account, newest first."""
        whose = Account(account_no, "", Role.PERSON)
        return self.sessions(whose, b"", at)

    def note_act(self, account_no: int, act: AccountAct, by: str, because: str, at: datetime, ledger_seq: int) -> None:
        """Keep for good what was done to an account."""
        self._connection.execute(
            insert(account_act).values(
                account_no=account_no, act=act, acted_by=by, because=because, acted_at=at, ledger_seq=ledger_seq
            )
        )

    def note_read(self, reader: Account, purpose: ReadPurpose, subject: str, at: datetime) -> None:
        """Note that an account read scores: those of a member, or of a provision."""
        self._connection.execute(
            insert(score_read).values(account_no=reader.account_no, purpose=purpose, subject=subject, read_at=at)
        )
