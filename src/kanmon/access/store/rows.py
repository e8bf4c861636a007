"""An account as every way to come in reads it."""

from typing import Any

from sqlalchemy import Row, select

from kanmon.access.account import Account, Role
from kanmon.core.ids import ClientId, MemberId
from kanmon.db.tables.doors import account
from kanmon.db.tables.evidence import member

ACCOUNTS = select(
    account.c.account_no, account.c.name, account.c.role, account.c.client_id, account.c.password_hash,
    account.c.staff_person, member.c.member_id,
).outerjoin(member, member.c.member_no == account.c.member_no).where(account.c.closed_at.is_(None))  # fmt: skip
"""Open accounts: by a closed one nobody comes in, in whatever way."""


def read_account(row: Row[*tuple[Any, ...]]) -> Account:
    """The account in a row of `ACCOUNTS`, whatever else the row holds."""
    member_id = None if row.member_id is None else MemberId(row.member_id)
    client_id = None if row.client_id is None else ClientId(row.client_id)
    return Account(row.account_no, row.name, Role(row.role), member_id, client_id, row.staff_person)
