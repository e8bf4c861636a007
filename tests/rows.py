"""The key that seals rows in tests, and seals for acts of consent that a test put in by SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import text

from kanmon.core.ids import ClientId
from kanmon.db.row_key import RowKey
from kanmon.db.unit_of_work import Database, RowBatch, WriteSession
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.note import SigningKey
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.act_seals import ActSeals
from kanmon.ledger.store.bound_rows import enter
from kanmon.ledger.store.bound_tables import BOUND
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.ledger.store.notice_seals import NoticeSeals

KEY = SigningKey.generate("kanmon/test")
ROW_KEY = RowKey.derived(KEY.private)


def enter_all(session: WriteSession, key: SigningKey = KEY) -> None:
    """Seal and enter all that a test put in by SQL, as if it had been recorded."""
    seal_acts(session)
    session.connection.execute(text("DELETE FROM notice_seal"))
    NoticeSeals(session).seal_all()
    session.added.append(RowBatch("terms"))
    clients = session.connection.scalars(text("SELECT client_id FROM client ORDER BY 1")).all()
    for client in clients:
        session.act_for(ClientId(client))
        session.added += _batches(session, ClientId(client))
    enter(session, Ledger(PostgresLedgerStore(session), key))


@contextmanager
def recording(database: Database, key: SigningKey = KEY) -> Iterator[WriteSession]:
    """A transaction whose rows, as far as they are bound, stand in the ledger when it ends."""
    with database.write() as session:
        yield session
        enter(session, Ledger(PostgresLedgerStore(session), key))


def enter_rows(session: WriteSession, key: SigningKey = KEY) -> None:
    """Enter applicants, ties, confirmations and approvals that a test put in by SQL, as if they had been recorded."""
    for client in session.connection.scalars(text("SELECT client_id FROM client ORDER BY 1")).all():
        session.act_for(ClientId(client))
        session.added += [batch for batch in _batches(session, ClientId(client)) if BOUND[batch.kind].is_standing]
    enter(session, Ledger(PostgresLedgerStore(session), key))


def _batches(session: WriteSession, client: ClientId) -> list[RowBatch]:
    """All batches of bound rows that there are of the client that the session acts for."""
    return [
        RowBatch(kind, tuple(names), client)
        for kind, bound in BOUND.items()
        for names in session.connection.execute(
            text(f"SELECT DISTINCT {', '.join(bound.batch)} FROM {bound.table.name}")
        ).all()
    ]


def enter_word(
    session: WriteSession, member: int, at: datetime, word: str, client: str | None, is_of_training: bool = False
) -> int:
    """The place in the ledger of a person's objection or lifting, of every use or of training alone."""
    name = session.connection.scalar(text("SELECT member_id FROM member WHERE member_no = :member"), {"member": member})
    kind = ("training_" if is_of_training else "") + {"object": "objection", "lift": "lifting"}[word]
    said = {"member_id": name, "type": kind, "client_id": client, "received_at": instant(at)}
    (seq,) = Ledger(PostgresLedgerStore(session), KEY).append([NewEntry(EntryType.REQUEST, at, said)])
    return seq


def seal_acts(session: WriteSession) -> None:
    """Seal all acts of consent as they are."""
    session.connection.execute(text("DELETE FROM consent_seal"))
    ActSeals(session).seal_all()
