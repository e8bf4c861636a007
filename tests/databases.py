"""Databases of the tests' own: empty ones, and ones that were filled once and are copied for each test."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import DatabaseLogins, conninfo_of
from kanmon.db.unit_of_work import Database
from tests.rows import ROW_KEY

EMPTY = "kanmon"
"""The migrated database of each test server, which stays empty."""
_NUMBERS = itertools.count(1)
T = TypeVar("T")


def run_as_superuser(server: EmbeddedPostgres, statement: str) -> None:
    with psycopg.connect(conninfo_of(server.superuser_url()), autocommit=True) as connection:
        connection.execute(statement.encode())


@contextmanager
def own_database(server: EmbeddedPostgres) -> Iterator[DatabaseLogins]:
    """The logins to a migrated, empty database of its own, dropped afterwards."""
    name = f"test_{next(_NUMBERS)}"
    copy_database(server, EMPTY, name)
    yield server.logins(name)
    run_as_superuser(server, f"DROP DATABASE {name} WITH (FORCE)")


def copy_database(server: EmbeddedPostgres, source: str, name: str) -> None:
    """Copy a database file by file, which costs half of what it costs to log each page of it."""
    run_as_superuser(server, f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY")


@dataclass
class FilledDatabases:
    """What many tests begin with: made once in a database and a folder of its own, and copied for each of them."""

    server: EmbeddedPostgres
    folder: Path
    """Where the folders lie."""
    _filled: dict[tuple[Callable[..., Any], str], tuple[str, Path, Any]] = field(default_factory=dict)

    def fill(self, database: Database, folder: Path, filling: Callable[..., T], *given: object) -> T:
        """Have an empty database and folder hold what the function fills such with; what it returned when it did.

        It is called with a database, a folder and what is given, and knows nothing else of the test: it is called once
        for each way in which what is given is written.
        """
        key = filling, repr(given)
        if key not in self._filled:
            self._filled[key] = self._made(filling, *given)
        source, files, made = self._filled[key]
        returned: T = made
        database.close()
        run_as_superuser(self.server, f"DROP DATABASE {database.url.database} WITH (FORCE)")
        copy_database(self.server, source, str(database.url.database))
        shutil.copytree(files, folder, dirs_exist_ok=True)
        return returned

    def _made(self, filling: Callable[..., Any], *given: object) -> tuple[str, Path, Any]:
        name = f"filled_{next(_NUMBERS)}"
        files = self.folder / name
        files.mkdir()
        copy_database(self.server, EMPTY, name)
        database = Database(self.server.logins(name).app, ROW_KEY)
        returned = filling(database, files, *given)
        database.close()
        return name, files, returned
