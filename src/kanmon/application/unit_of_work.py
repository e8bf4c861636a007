"""One transaction of a workspace, from which a use case takes what it needs.

A use case makes its stores over the session, so that it loads those alone: no list of all stores stands here.
"""

from functools import cached_property
from typing import Generic, TypeVar

from kanmon.clients.contract import ServiceTerms
from kanmon.clients.store import ServiceStore
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.entries import LedgerRecords
from kanmon.provision.files.sealed_rows import SealedRows

Session = TypeVar("Session", ReadSession, WriteSession)


class _Work(Generic[Session]):
    """What both kinds of transactions have."""

    session: Session

    def __init__(self, session: Session, seals: SealedRows) -> None:
        self.session = session
        self.seals = seals
        """What seals and opens kept reports."""

    @cached_property
    def terms(self) -> ServiceTerms:
        """The terms in force, as of when they are first asked for; `UsageError` where nothing was loaded."""
        return ServiceStore(self.session).terms()

    def check_loaded(self) -> None:
        """`UsageError` where nothing was loaded."""
        _ = self.terms


class Snapshot(_Work[ReadSession]):
    """A transaction that only reads, and sees the workspace as of one moment."""

    @cached_property
    def ledger(self) -> LedgerRecords:
        """What stands in the ledger."""
        return LedgerRecords(self.session)


class UnitOfWork(_Work[WriteSession]):
    """A transaction that writes, with the ledger that its deeds are entered into."""

    def __init__(self, session: WriteSession, seals: SealedRows, ledger: Ledger) -> None:
        super().__init__(session, seals)
        self.ledger = ledger
