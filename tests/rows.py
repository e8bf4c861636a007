"""The key that seals rows in tests, and seals for acts of consent that a test put in by SQL."""

from datetime import datetime

from sqlalchemy import text

from kanmon.core.ids import ClientId
from kanmon.db.row_key import RowKey
from kanmon.db.unit_of_work import RowBatch, WriteSession
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.note import SigningKey
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.act_seals import ActSeals
from kanmon.ledger.store.bound_rows import BOUND, enter
from kanmon.ledger.store.entries import PostgresLedgerStore

ROW_KEY = RowKey(b"k" * 32)
KEY = SigningKey.generate("kanmon/test")


def enter_all(session: WriteSession, key: SigningKey = KEY) -> None:
    """Seal and enter all that a test put in by SQL, as if it had been recorded."""
    seal_acts(session)
    session.added.append(RowBatch("terms"))
    clients = session.connection.scalars(text("SELECT client_id FROM client ORDER BY 1")).all()
    for client in clients:
        session.act_for(ClientId(client))
        for kind, bound in BOUND.items():
            columns = ", ".join(bound.batch)
            found = session.connection.execute(text(f"SELECT DISTINCT {columns} FROM {bound.table.name}")).all()
            session.added += [RowBatch(kind, tuple(names), ClientId(client)) for names in found]
    enter(session, Ledger(PostgresLedgerStore(session), key))


def enter_word(session: WriteSession, member: int, at: datetime, word: str, client: str | None) -> int:
    """The place in the ledger of a person's objection or lifting."""
    name = session.connection.scalar(text("SELECT member_id FROM member WHERE member_no = :member"), {"member": member})
    kind = {"object": "objection", "lift": "lifting"}[word]
    said = {"member_id": name, "type": kind, "client_id": client, "received_at": instant(at)}
    (seq,) = Ledger(PostgresLedgerStore(session), KEY).append([NewEntry(EntryType.REQUEST, at, said)])
    return seq


def seal_acts(session: WriteSession) -> None:
    """Seal all acts of consent as they are."""
    session.connection.execute(text("DELETE FROM consent_seal"))
    ActSeals(session).seal_all()
