"""Sessions of those who came in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from kanmon.access.account import Account
from kanmon.access.session import IDLE_FOR, SEEN_EVERY, OpenSession, Way
from kanmon.access.store.rows import ACCOUNTS, read_account
from kanmon.db.tables.doors import account, sign_in_session
from kanmon.db.unit_of_work import WriteSession

_open = sign_in_session.c


class PostgresSessionStore:
    """See `access.session.SessionStore`."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session
        self._connection = session.connection

    def begin_session(
        self, whose: Account, way: Way, token_sha256: bytes, begun_at: datetime, ends_at: datetime
    ) -> None:
        """Begin a session, and forget those that ended."""
        has_ended = (_open.ends_at <= begun_at) | (_open.seen_at <= begun_at - IDLE_FOR)
        self._connection.execute(delete(sign_in_session).where(has_ended))
        self._connection.execute(
            insert(sign_in_session).values(
                token_sha256=token_sha256,
                account_no=whose.account_no,
                begun_at=begun_at,
                ends_at=ends_at,
                way=way,
                seen_at=begun_at,
            )
        )

    def session(self, token_sha256: bytes, at: datetime) -> Account | None:
        """Whose session that is at that moment; that it was used then is noted."""
        is_open = (_open.token_sha256 == token_sha256) & (_open.ends_at > at) & (_open.seen_at > at - IDLE_FOR)
        accounts = ACCOUNTS.join(sign_in_session, _open.account_no == account.c.account_no)
        row = self._connection.execute(accounts.where(is_open).add_columns(_open.seen_at)).one_or_none()
        if row is None:
            return None
        if row.seen_at <= at - SEEN_EVERY:
            is_it = _open.token_sha256 == token_sha256
            self._connection.execute(update(sign_in_session).where(is_it).values(seen_at=at))
        return read_account(row)

    def sessions(self, whose: Account, token_sha256: bytes, at: datetime) -> Sequence[OpenSession]:
        """The open sessions of an account, newest first; the token is that of the one that asks."""
        is_open = (_open.account_no == whose.account_no) & (_open.ends_at > at) & (_open.seen_at > at - IDLE_FOR)
        found = select(sign_in_session).where(is_open).order_by(_open.begun_at.desc())
        return [
            OpenSession(Way(row.way), row.begun_at, row.seen_at, row.token_sha256 == token_sha256)
            for row in self._connection.execute(found)
        ]

    def end_session(self, token_sha256: bytes) -> None:
        """End a session."""
        self._connection.execute(delete(sign_in_session).where(_open.token_sha256 == token_sha256))

    def end_sessions(self, whose: Account, except_for: bytes | None) -> None:
        """End every session of an account but the one with that hash of a token."""
        is_ended = _open.account_no == whose.account_no
        if except_for is not None:
            is_ended &= _open.token_sha256 != except_for
        self._connection.execute(delete(sign_in_session).where(is_ended))
