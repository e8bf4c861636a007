"""The units of work that a workspace opens, each in one transaction."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from sqlalchemy import URL

from kanmon.application.unit_of_work import Snapshot, UnitOfWork
from kanmon.core.errors import DatabaseDamaged, RuleRefused
from kanmon.core.transaction import Begin
from kanmon.db.table_check import damaged_tables
from kanmon.db.unit_of_work import Database, WriteSession
from kanmon.ledger.faults import DatabaseBehind
from kanmon.ledger.files.second_copy import SecondCopy
from kanmon.ledger.keyholder import LedgerKey
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.adoption import adopt, seal_waiting
from kanmon.ledger.store.bound_rows import enter
from kanmon.ledger.store.entries import LedgerRecords, PostgresLedgerStore
from kanmon.provision.files.sealed_rows import SealedRows

T = TypeVar("T")


class PostgresTransactions:
    """Opens units of work over the database of a workspace."""

    def __init__(self, database: Database, key: LedgerKey, seals: SealedRows, second: SecondCopy | None = None) -> None:
        self._database = database
        self._key = key
        self._seals = seals
        self.second = second or SecondCopy([], key)

    def limit_time(self) -> None:
        """See `Database.limit_time`."""
        self._database.limit_time()

    def connections_in_use(self) -> int:
        """See `Database.connections_in_use`."""
        return self._database.connections_in_use()

    def damaged_tables(self) -> Mapping[str, DatabaseDamaged]:
        """See `table_check.damaged_tables`."""
        return damaged_tables(self._database)

    def compare(self) -> RuleRefused | None:
        """What is wrong with the database by the second copy of its newest checkpoint, which is brought up to it."""
        with self._database.read() as session:
            fault = self.second.fault(LedgerRecords(session))
        if fault is None:
            self.second.publish(self.reading(lambda work: work.ledger))
            return None
        if isinstance(fault, DatabaseBehind):
            with self._database.write() as session:
                store = PostgresLedgerStore(session)
                store.hold()
                return self.second.settle(store)
        return fault

    @contextmanager
    def begin(self, *, waits: bool = False, is_guarded: bool = True) -> Iterator[UnitOfWork]:
        """A new unit of work, kept if and only if its block ends without an error.

        Rows that are bound to the ledger stand in it when the block ends. The ledger `waits` for what ends a consent,
        which is taken whatever else is wrong. Unless it `is_guarded`, entries are signed whatever the second copy says:
        to accept what was lost.
        """
        with self._database.write() as session:
            ledger = self._ledger(session, waits=waits, is_guarded=is_guarded)
            yield UnitOfWork(session, self._seals, ledger)
            enter(session, ledger)

    @contextmanager
    def read(self) -> Iterator[Snapshot]:
        """A new transaction that only reads, as of one moment."""
        with self._database.read() as session:
            yield Snapshot(session, self._seals)

    @contextmanager
    def what_if(self, *, is_of_one_moment: bool = True) -> Iterator[UnitOfWork]:
        """A new unit of work to try something in, never kept; see `Database.what_if`."""
        with self._database.what_if(is_of_one_moment=is_of_one_moment) as session:
            yield UnitOfWork(session, self._seals, self._ledger(session))

    def writing(self, store: Callable[[UnitOfWork], T], *, waits: bool = False) -> Begin[T]:
        """Opens units of work over a store, for a service that opens and ends several."""

        @contextmanager
        def begin() -> Iterator[T]:
            with self.begin(waits=waits) as work:
                yield store(work)

        return begin

    def reading(self, store: Callable[[Snapshot], T]) -> Begin[T]:
        """As `writing`, for a service that only reads."""

        @contextmanager
        def begin() -> Iterator[T]:
            with self.read() as work:
                yield store(work)

        return begin

    def adopt(self) -> bool:
        """Bind what is older than the binding of rows, where nothing was ever bound; whether that was done.

        And seal what ended consents while the key was missing.
        """
        try:
            with self._database.write() as session:
                seal_waiting(session)
                return adopt(session, self._ledger(session))
        except RuleRefused:  # nothing is signed now: what forbids it is told where it matters
            return False

    @property
    def url(self) -> URL:
        """How the app logs in."""
        return self._database.url

    def _ledger(self, session: WriteSession, *, waits: bool = False, is_guarded: bool = True) -> Ledger:
        """The ledger of a transaction; it `waits` for what ends a consent, which is taken whatever else is wrong."""
        store = PostgresLedgerStore(session)
        return Ledger(
            store,
            self._key,
            waits=waits,
            guard=partial(self.second.settle, store) if is_guarded else None,
            signed=partial(session.afterwards.append, self._publish),
        )

    def _publish(self) -> None:
        self.second.publish(self.reading(lambda work: work.ledger))
