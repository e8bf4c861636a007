"""The whole schema as one file of `pg_dump`, seen at one moment, and back from it.

Both need a login that passes row-level security, which binds the owner too: the embedded server's superuser, or the
one that `KANMON_BACKUP_URL` names.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, text

from kanmon.core.errors import DatabaseUnavailable, UsageError
from kanmon.core.language import N_
from kanmon.db.embedded_postgres import DATABASE, EmbeddedPostgres
from kanmon.db.logins import SCHEMA, DatabaseLogins, conninfo_of, engine_as, login_url, logins_from
from kanmon.db.roles import missing_statements
from kanmon.db.unit_of_work import failures_told

_TABLES = """
    SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p') ORDER BY relname
"""


SETTING = "KANMON_BACKUP_URL"


@dataclass(frozen=True)
class DatabaseView:
    """A database as it was at one moment, for as long as the connection that holds it."""

    connection: psycopg.Connection[tuple[object, ...]]
    name: str
    """By which `pg_dump` sees the same."""

    def row_counts(self) -> dict[str, int]:
        """How many rows each table of the schema has."""
        tables = [str(table) for (table,) in self.connection.execute(_TABLES, (SCHEMA,))]
        count = sql.SQL("SELECT count(*) FROM {}")
        return {table: int(str(self.value(count.format(sql.Identifier(SCHEMA, table))))) for table in tables}

    def value(self, query: str | sql.Composed) -> object:
        """The first column of the first row; None where there is none."""
        found = self.connection.execute(query.encode() if isinstance(query, str) else query).fetchone()
        return None if found is None else found[0]


def full_login(server: EmbeddedPostgres, environ: Mapping[str, str]) -> URL:
    """A login that sees every row: of the workspace's own server, else the one that the environment names.

    `UsageError` where the database is the user's own and none is named.
    """
    if (given := logins_from(environ)) is None:
        return server.superuser_url(DATABASE)
    if not (login := environ.get(SETTING)):
        raise UsageError(
            N_(
                "%(database)s is a server of yours: set %(setting)s to a login to it that sees every row (a superuser, "
                "or a member of pg_read_all_data with BYPASSRLS), or back the database up by its own means"
            ),
            database=given.app.render_as_string(hide_password=True),
            setting=SETTING,
        )
    return login_url(SETTING, login)


def prepare_empty(url: URL, logins: DatabaseLogins) -> None:
    """Make the roles and the schema in a database of the user's own; `UsageError` where it holds a Kanmon already."""
    with failures_told(), engine_as(url, None).begin() as connection:
        if connection.scalar(text("SELECT to_regclass(:table) IS NOT NULL"), {"table": f"{SCHEMA}.alembic_version"}):
            raise UsageError(
                N_("the database %(database)s holds a Kanmon already; name an empty one"),
                database=logins.app.render_as_string(hide_password=True),
            )
        for statement in missing_statements(connection, str(logins.app.username), str(logins.migrator.username)):
            connection.exec_driver_sql(statement)


@contextmanager
def seen_at_once(url: URL) -> Iterator[DatabaseView]:
    """The database at this moment, whatever is written until the block ends."""
    with psycopg.connect(conninfo_of(url), options=f"-c search_path={SCHEMA} -c timezone=UTC") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        found = connection.execute("SELECT pg_export_snapshot()").fetchone()
        yield DatabaseView(connection, str(found[0] if found else ""))


def dump(programs: Path, url: URL, snapshot: str, file: Path) -> None:
    """Write the schema with all rows of a `DatabaseView`; `DatabaseUnavailable` with what `pg_dump` says."""
    asked = ["--format=custom", f"--schema={SCHEMA}", f"--snapshot={snapshot}", f"--file={file}"]
    _run(programs / "pg_dump", url, [*asked, "--no-password"])


def restore_dump(programs: Path, url: URL, file: Path) -> None:
    """Put a dump into a database whose schema is empty: all of it or nothing; `DatabaseUnavailable`."""
    asked = ["--clean", "--if-exists", "--single-transaction", "--exit-on-error", "--no-password", str(file)]
    _run(programs / "pg_restore", url, asked)


def _run(program: Path, url: URL, arguments: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | _password(url)
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program, found by `postgres_programs`; no shell
        [program, f"--dbname={conninfo_of(url.set(password=None))}", *arguments],
        env=environment | {"LC_ALL": "C"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise DatabaseUnavailable(
            N_("%(program)s ended with an error, and nothing of this step was kept: %(said)s"),
            program=program.name,
            said=done.stderr.strip(),
        )


def _password(url: URL) -> dict[str, str]:
    """By the environment: a command line can be read by everybody on the machine."""
    return {} if url.password is None else {"PGPASSWORD": str(url.password)}
