"""A database of a benchmark's own, prepared as a workspace's is, and thrown away."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from kanmon.application.garbage import settle
from kanmon.db.database import prepare_database
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.row_key import RowKey
from kanmon.db.unit_of_work import Database


class OwnDatabase(NamedTuple):
    """A database, its server, and a folder for what lies beside it."""

    database: Database
    server: EmbeddedPostgres
    folder: Path


@contextmanager
def own_database(key: RowKey) -> Iterator[OwnDatabase]:
    """The database while the block lasts, its rows sealed with `key`; garbage is collected as by every command."""
    settle()
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "pg")
        server.start()
        try:
            prepare_database(server.logins())
            database = Database(server.logins().app, key)
            yield OwnDatabase(database, server, Path(folder))
            database.close()
        finally:
            server.stop()
