"""Binding what a database holds that is older than the binding of rows: once, and never again.

Nothing proves such rows. They are taken as they are found, and an entry says so; from then on they are bound like all
others. A database in which anything was ever bound is never adopted: rows put in beside us stay unbound.
"""
# ruff: noqa: S608 - the SQL is put together from constants

from sqlalchemy import text

from kanmon.core.ids import ClientId
from kanmon.db.unit_of_work import RowBatch, WriteSession
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.act_seals import ActSeals, WaitingActs
from kanmon.ledger.store.bound_rows import enter
from kanmon.ledger.store.bound_tables import BOUND
from kanmon.ledger.store.notice_seals import NoticeSeals

_IS_UNBOUND = text(
    """
    SELECT EXISTS (SELECT FROM service) AND NOT EXISTS (SELECT FROM bound_rows)
        AND NOT EXISTS (SELECT FROM consent_seal)
        AND NOT EXISTS (SELECT FROM ledger_entry WHERE type IN ('rows', 'terms'))
    """
)
_OF_LOADS = text(
    "SELECT load_id, count(*) FROM consent_act WHERE load_id IS NOT NULL GROUP BY load_id ORDER BY load_id"
)
_FORGET_SEALS = text("DELETE FROM consent_seal")
_FORGET_NOTICE_SEALS = text("DELETE FROM notice_seal")
_SIGNED = text("SELECT coalesce(max(size), 0) FROM ledger_checkpoint")
_WAITING = text(
    "SELECT DISTINCT member_no FROM consent_act WHERE entry_seq >= :signed AND action <> 'accept' ORDER BY member_no"
)


def seal_waiting(session: WriteSession) -> None:
    """Seal what ended consents while the key was missing; before anything is signed, or it is not known any more.

    Agreements are not: nothing says yet that they are not forged.
    """
    signed = int(session.connection.scalar(_SIGNED) or 0)
    members = list(session.connection.scalars(_WAITING, {"signed": signed}))
    if members:
        ActSeals(session).extend(WaitingActs(signed), members)


def is_unbound(session: WriteSession) -> bool:
    """Whether a database holds terms, and nothing in it was ever bound."""
    return bool(session.connection.scalar(_IS_UNBOUND))


def adopt(session: WriteSession, ledger: Ledger) -> bool:
    """Bind all rows as they are found, where none ever was; whether that was so."""
    if session.rows.secret is None or not is_unbound(session):
        return False
    ledger.hold()  # another process may have adopted them meanwhile
    if not is_unbound(session):
        return False
    bind_all(session, ledger)
    return True


def bind_all(session: WriteSession, ledger: Ledger) -> None:
    """Seal and enter all rows as they are found."""
    session.connection.execute(_FORGET_SEALS)
    ActSeals(session).seal_all()
    session.connection.execute(_FORGET_NOTICE_SEALS)
    NoticeSeals(session).seal_all()
    loads = tuple(f"{load}:{count}" for load, count in session.connection.execute(_OF_LOADS))
    session.added += [RowBatch("adopted_acts", ("", *loads)), RowBatch("terms")]
    for client in session.connection.scalars(text("SELECT client_id FROM client ORDER BY 1")).all():
        session.act_for(ClientId(client))
        for kind, bound in BOUND.items():
            query = f"SELECT DISTINCT {', '.join(bound.batch)} FROM {bound.table.name}"
            batches = session.connection.execute(text(query)).all()
            session.added += [RowBatch(kind, tuple(batch), ClientId(client)) for batch in batches]
    enter(session, ledger)
