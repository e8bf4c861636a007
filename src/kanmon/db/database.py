"""Making a database ready: its version, its roles, its schema at the newest revision."""

from importlib import import_module
from pathlib import Path

from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError, OperationalError

from kanmon.core.errors import DatabaseUnavailable
from kanmon.core.language import N_
from kanmon.db.logins import OWNER, DatabaseLogins, engine_as
from kanmon.db.roles import missing_statements

OLDEST_VERSION = 15
MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATING = "kanmon.db.migrating"
"""Loads Alembic, which takes longer than most commands: only where there is something to migrate."""
_MIGRATION_LOCK = 0x6B616E6D6F6E
"""Two commands that find an old schema at the same time migrate one after the other."""


def prepare_database(logins: DatabaseLogins) -> None:
    """Create the roles and the schema where they are missing, and migrate to the newest revision.

    Raises `DatabaseUnavailable` where the server can't be reached, is too old, was migrated by a newer Kanmon, or
    doesn't let this login create what is missing; the message then holds the SQL for whoever may.
    """
    _create_missing(logins)
    if _is_current(logins):
        return
    migrating = import_module(_MIGRATING)
    with engine_as(logins.migrator, OWNER).begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        migrating.migrate(connection, "head")


def newest_revision() -> str:
    """The revision that the migrations of this version end with: each begins the name of its file."""
    return max(file.name.partition("_")[0] for file in MIGRATIONS.glob("versions/[0-9]*.py"))


def _is_current(logins: DatabaseLogins) -> bool:
    with engine_as(logins.migrator, OWNER).connect() as connection:
        if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
            return False
        return list(connection.scalars(text("SELECT version_num FROM alembic_version"))) == [newest_revision()]


def _create_missing(logins: DatabaseLogins) -> None:
    statements: list[str] = []
    try:
        with engine_as(logins.migrator, None).begin() as connection:
            refuse_old_server(connection.scalar(text("SELECT current_setting('server_version_num')::int")) or 0)
            app_login = _login(logins.app)
            statements = missing_statements(connection, app_login, _login(logins.migrator))
            for statement in statements:
                connection.exec_driver_sql(statement)
    except DBAPIError as error:
        if not statements:
            raise _unreachable(logins.migrator, error) from error
        raise DatabaseUnavailable(
            N_(
                "the database %(database)s lacks roles or the schema, and this login may not create them (%(reason)s); "
                "have an administrator run in that database:\n%(script)s"
            ),
            database=logins.migrator.render_as_string(hide_password=True),
            reason=str(error.orig).strip(),
            script="".join(f"  {statement};\n" for statement in statements),
        ) from error


def refuse_old_server(version_number: int) -> None:
    """Raise `DatabaseUnavailable` for a server older than `OLDEST_VERSION`, by its `server_version_num`."""
    version = version_number // 10_000
    if version < OLDEST_VERSION:
        raise DatabaseUnavailable(
            N_(
                "the server runs PostgreSQL %(version)s; Kanmon needs %(oldest)s or newer: upgrade the server, or "
                "unset KANMON_DATABASE_URL to use the embedded one"
            ),
            version=version,
            oldest=OLDEST_VERSION,
        )


def _login(url: URL) -> str:
    try:
        with engine_as(url, None).connect() as connection:
            return str(connection.scalar(text("SELECT session_user")))
    except OperationalError as error:
        raise _unreachable(url, error) from error


def _unreachable(url: URL, error: DBAPIError) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        N_("the database %(database)s can't be reached: %(reason)s"),
        database=url.render_as_string(hide_password=True),
        reason=str(error.orig).strip(),
    )
