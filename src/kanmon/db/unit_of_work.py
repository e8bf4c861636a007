"""One deed, one transaction: the only place that commits to the control plane."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
import pyarrow as pa
from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from kanmon.core.errors import DatabaseDamaged, DatabaseUnavailable, DiskFull, ValueNotStorable
from kanmon.core.ids import ClientId
from kanmon.core.language import N_
from kanmon.db.bulk import copy_batches, copy_rows
from kanmon.db.logins import APP, engine_as, limited
from kanmon.db.row_key import NO_KEY, RowKey

_NOT_STORABLE = (
    psycopg.errors.NumericValueOutOfRange, psycopg.errors.DatetimeFieldOverflow,
    psycopg.errors.CharacterNotInRepertoire, psycopg.errors.UntranslatableCharacter,
)  # fmt: skip
_TOO_LONG = (
    psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable, psycopg.errors.IdleInTransactionSessionTimeout,
)  # fmt: skip
_DAMAGED = (
    psycopg.errors.DataCorrupted,
    psycopg.errors.IndexCorrupted,
    psycopg.errors.UndefinedFile,
    psycopg.errors.IoError,
)
"""A page or a whole file of a table that is torn, cut or gone, and a disk that doesn't give it."""
_SET_CLIENT = text("SELECT set_config('kanmon.client', :client, true)")


class _TransactionSession:
    """One transaction, acting for one client at a time; for none, no row of any client is there."""

    def __init__(self, connection: Connection, rows: RowKey) -> None:
        self.connection = connection
        self.rows = rows
        """What seals rows, and tells those that were sealed from all others."""

    def act_for(self, client: ClientId | None) -> None:
        """From here to the end of the transaction, see and write only this client's rows."""
        self.connection.execute(_SET_CLIENT, {"client": client or ""})


class ReadSession(_TransactionSession):
    """A transaction that sees one moment of the database and can change nothing."""


class RowBatch(NamedTuple):
    """Rows that a transaction added, to be entered into the ledger when it ends; see `ledger.store.bound_rows`."""

    kind: str
    batch: tuple[str, ...] = ()
    client: ClientId | None = None
    keys: tuple[str, ...] | None = None
    """Which rows of a batch that stands were changed; None for all there are."""


class WriteSession(_TransactionSession):
    """A transaction that is kept if its block ends well, and otherwise leaves no trace."""

    def __init__(self, connection: Connection, rows: RowKey, *, is_kept: bool = True) -> None:
        super().__init__(connection, rows)
        self.is_kept = is_kept
        self.added: list[RowBatch] = []
        self.afterwards: list[Callable[[], None]] = []
        """What is called, in order, once the transaction is kept."""

    def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]] | pa.Table) -> int:
        """Append many rows fast, in their order, and how many; an Arrow table is taken by its columns' names.

        They go through a temporary table, because PostgreSQL does not COPY under row-level security.
        """
        names = ", ".join(columns)
        staged = f"copied_{table}"
        self.connection.exec_driver_sql(
            f"CREATE TEMP TABLE {staged} ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA"  # noqa: S608
        )
        if isinstance(rows, pa.Table):
            count = copy_batches(self.connection, staged, rows.select(list(columns)).to_batches())
        else:
            count = copy_rows(self.connection, staged, columns, rows)
        self.connection.exec_driver_sql(f"INSERT INTO {table} ({names}) SELECT {names} FROM {staged}")  # noqa: S608
        self.connection.exec_driver_sql(f"DROP TABLE {staged}")
        return count


class Database:
    """The control plane, entered one transaction at a time as the role of the app."""

    def __init__(self, url: URL, rows: RowKey = NO_KEY) -> None:
        self.url = url
        self.rows = rows
        """What its transactions seal rows with; by itself it proves none."""
        self._engine = engine_as(url, APP, QueuePool)

    def connections_in_use(self) -> int:
        """How many connections of this process's pool are lent at the moment."""
        pool = self._engine.pool
        assert isinstance(pool, QueuePool)
        return pool.checkedout()

    @contextmanager
    def read(self, client: ClientId | None = None) -> Iterator[ReadSession]:
        """A transaction that only reads, for one client's rows or for what belongs to no client."""
        with failures_told(), self._engine.begin() as connection:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            session = ReadSession(connection, self.rows)
            session.act_for(client)
            yield session

    @contextmanager
    def write(self, client: ClientId | None = None) -> Iterator[WriteSession]:
        """A transaction that writes; committed at the end of the block unless an exception leaves it."""
        with failures_told(), self._engine.begin() as connection:
            session = WriteSession(connection, self.rows)
            session.act_for(client)
            yield session
        for deed in session.afterwards:
            deed()

    @contextmanager
    def what_if(self, *, is_of_one_moment: bool = True) -> Iterator[WriteSession]:
        """A transaction that writes and is never kept, however its block ends.

        It sees one moment of the database or, where it must not fail on what others change, each statement's own.
        """
        with failures_told(), self._engine.connect() as connection:
            never_kept = connection.begin()
            try:
                if is_of_one_moment:
                    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                session = WriteSession(connection, self.rows, is_kept=False)
                session.act_for(None)
                yield session
            finally:
                never_kept.rollback()

    def limit_time(self) -> None:
        """From here on, end what takes longer than a page may; commands take the time that they take."""
        self._engine.dispose()
        self._engine = engine_as(limited(self.url), APP, QueuePool)

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


@contextmanager
def failures_told() -> Iterator[None]:
    """Tell a full disk, a lost connection and a value that can't be stored as what they are."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise _not_storable() from error
    except PoolTimeout as error:
        raise DatabaseUnavailable(N_("every connection to the database is in use; try again soon")) from error
    except (DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, psycopg.errors.DiskFull):
            raise DiskFull(
                N_(
                    "PostgreSQL has no room left (%(reason)s); nothing of this step was kept: free some space and run "
                    "the command again"
                ),
                reason=_reason(cause),
            ) from error
        if isinstance(cause, _TOO_LONG):
            raise DatabaseUnavailable(
                N_(
                    "the database took longer than it may for this (%(reason)s); nothing of this step was kept: try "
                    "again in a few minutes"
                ),
                reason=_reason(cause),
            ) from error
        if isinstance(cause, psycopg.OperationalError) and (cause.sqlstate or "08")[:2] in ("08", "57"):
            raise DatabaseUnavailable(
                N_(
                    "the connection to PostgreSQL failed (%(reason)s); nothing of this step was kept: run the command "
                    "again"
                ),
                reason=_reason(cause),
            ) from error
        if isinstance(cause, _DAMAGED):
            raise _damaged(cause) from error
        # The driver itself refuses a NUL, before the server has a say: such an error has no state.
        is_refused_here = isinstance(cause, psycopg.DataError) and cause.sqlstate is None
        if is_refused_here or isinstance(cause, _NOT_STORABLE):
            raise _not_storable() from error
        raise


def _damaged(cause: psycopg.Error) -> DatabaseDamaged:
    return DatabaseDamaged(
        N_(
            "files of the database are damaged (%(reason)s); nothing of this step was kept. Look after the disk, then "
            "restore the database from a backup: docs/damage.md"
        ),
        reason=_reason(cause),
    )


def _not_storable() -> ValueNotStorable:
    return ValueNotStorable(
        N_(
            "a value can't be stored: it has a NUL or half a character in it, or is a number or a day beyond all "
            "bounds; nothing was changed"
        )
    )


def _reason(error: psycopg.Error) -> str:
    """What the server said; an error of the connection itself has no words of the server's."""
    return error.diag.message_primary or str(error).strip()
