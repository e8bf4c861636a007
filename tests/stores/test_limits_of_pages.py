"""What takes too long for a page is ended and told; a command takes the time that it takes."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from kanmon.core.errors import DatabaseUnavailable
from kanmon.db import logins
from kanmon.db.unit_of_work import Database

SHORT = {"statement_timeout": "300s", "lock_timeout": "100ms", "idle_in_transaction_session_timeout": "300s"}
SHOWN = text(
    "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'), "
    "current_setting('idle_in_transaction_session_timeout')"
)
LOCK = text("SELECT pg_advisory_xact_lock(42)")


@pytest.fixture
def pages(database: Database) -> Iterator[Database]:
    """The same database as the pages have it."""
    limited = Database(database.url)
    yield limited
    limited.close()


def shown(database: Database) -> tuple[str, ...]:
    with database.read() as session:
        return tuple(session.connection.execute(SHOWN).one())


def test_only_pages_are_limited(database: Database, pages: Database) -> None:
    pages.limit_time()
    assert shown(pages) == ("2min", "30s", "10min")
    assert shown(database) == ("0", "0", "0")


def test_a_page_that_waits_for_a_lock_is_told_that_nothing_was_kept(
    database: Database, pages: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "_LIMITS_OF_PAGES", SHORT)
    pages.limit_time()
    with database.write() as holding:
        holding.connection.execute(LOCK)
        with pytest.raises(DatabaseUnavailable, match="took longer than it may"), pages.write() as waiting:
            waiting.connection.execute(LOCK)
    with pages.write() as next_in_turn:
        next_in_turn.connection.execute(LOCK)


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        ("statement_timeout", ["SELECT pg_sleep(300)"]),
        ("idle_in_transaction_session_timeout", ["SELECT pg_backend_pid()", "SELECT 1"]),
    ],
)
def test_a_statement_and_a_transaction_that_hang_are_ended(
    database: Database, pages: Database, monkeypatch: pytest.MonkeyPatch, name: str, statements: list[str]
) -> None:
    monkeypatch.setattr(logins, "_LIMITS_OF_PAGES", SHORT | {name: "100ms"})
    pages.limit_time()
    with pytest.raises(DatabaseUnavailable):
        hang(pages, database, statements)
    assert shown(pages)


def hang(pages: Database, database: Database, statements: list[str]) -> None:
    with pages.write() as hanging:
        pid = hanging.connection.execute(text(statements[0])).scalar()
        while is_connected(database, pid):
            pass
        hanging.connection.execute(text(statements[-1]))


def is_connected(database: Database, pid: object) -> bool:
    with database.read() as session:
        found = session.connection.scalar(text("SELECT 1 FROM pg_stat_activity WHERE pid = :pid"), {"pid": pid})
    return found is not None
