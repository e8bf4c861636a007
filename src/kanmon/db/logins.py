"""How to log in to PostgreSQL, and as which role a connection then acts."""

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, Pool

from kanmon.core.errors import DatabaseUnavailable, UsageError
from kanmon.core.language import N_

SCHEMA = "kanmon"
OWNER = "kanmon_owner"
MIGRATOR = "kanmon_migrator"
APP = "kanmon_app"

_LIMITS_OF_PAGES = {"statement_timeout": "120s", "lock_timeout": "30s", "idle_in_transaction_session_timeout": "600s"}
"""Far beyond what a page takes on a busy machine: what is ended so has hung, and would keep others waiting."""
_DRIVER = "postgresql+psycopg"


@dataclass(frozen=True)
class DatabaseLogins:
    """Two logins to one database: `app` for all work, `migrator` for changing the schema."""

    app: URL
    migrator: URL


def logins_from(environment: Mapping[str, str]) -> DatabaseLogins | None:
    """The logins that `KANMON_DATABASE_URL` and `KANMON_MIGRATOR_URL` name; None where the first isn't set."""
    if not environment.get("KANMON_DATABASE_URL"):
        return None
    app = login_url("KANMON_DATABASE_URL", environment["KANMON_DATABASE_URL"])
    migrator = environment.get("KANMON_MIGRATOR_URL")
    return DatabaseLogins(app, login_url("KANMON_MIGRATOR_URL", migrator) if migrator else app)


def engine_as(url: URL, role: str | None, pool: type[Pool] = NullPool) -> Engine:
    """An engine whose connections act as `role` (None: as the login itself) in Kanmon's schema and in UTC.

    A connection of which that doesn't hold is not used: `DatabaseUnavailable`.
    """
    engine = create_engine(
        url.difference_update_query(["options"]),
        connect_args={"options": options_as(url, role), "application_name": "kanmon", "connect_timeout": 10},
        poolclass=pool,
        pool_pre_ping=True,
        hide_parameters=True,  # they are personal data, and an error's words end up in logs
    )

    def check(connection: psycopg.Connection[tuple[str, ...]], _: object) -> None:
        check_connection(connection, role)

    event.listen(engine, "connect", check)
    return engine


def check_connection(connection: psycopg.Connection[tuple[str, ...]], role: str | None) -> None:
    """`DatabaseUnavailable`, and the connection closed, where it doesn't act as `options_as` says.

    A pooler in between may drop the options of a connection's beginning, or lend it to several in turn.
    """
    wanted = {"search_path": SCHEMA, "timezone": "UTC"} | ({"role": role} if role else {})
    columns = ", ".join(f"current_setting('{name}')" for name in wanted)
    found = connection.execute(f"SELECT {columns}").fetchone() or ()
    connection.rollback()
    for (name, value), is_so in zip(wanted.items(), found, strict=True):
        if is_so != value:
            host, port = connection.info.host, connection.info.port
            connection.close()
            raise DatabaseUnavailable(
                N_(
                    "the connection to %(host)s:%(port)s does not keep what it begins with (%(name)s is %(found)s and "
                    "not %(value)s): a pooler such as pgbouncer in between drops it. Set KANMON_DATABASE_URL and "
                    "KANMON_MIGRATOR_URL to PostgreSQL's own port; Kanmon pools its connections itself"
                ),
                host=host,
                port=port,
                name=name,
                found=is_so,
                value=value,
            )


def limited(url: URL) -> URL:
    """The same login, whose statements, waiting and pauses in a transaction are ended when they take too long."""
    settings = " ".join(f"-c {name}={value}" for name, value in _LIMITS_OF_PAGES.items())
    return url.update_query_dict({"options": f"{url.query.get('options', '')} {settings}".strip()})


def conninfo_of(url: URL) -> str:
    """The same login as PostgreSQL's own library takes it: a path with a space in it survives no URL."""
    named = url.translate_connect_args(username="user", database="dbname")
    own = {name: value for name, value in url.query.items() if name != "options"}
    return make_conninfo(**{**named, **own})


def options_as(url: URL, role: str | None) -> str:
    """The options by which a connection acts so, beside those that the URL names."""
    settings = {"search_path": SCHEMA, "timezone": "UTC", "jit": "off"} | ({"role": role} if role else {})
    own = str(url.query.get("options", ""))
    return " ".join([own, *(f"-c {name}={value}" for name, value in settings.items())]).strip()


def login_url(name: str, value: str) -> URL:
    """The login that the setting `name` gives; `UsageError`, which names the setting, where it is no address."""
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() not in ("postgresql", "postgres") or not url.database:
        raise UsageError(
            N_("%(name)s is no PostgreSQL address; write it as postgresql://user:password@host:5432/database"),
            name=name,
        )
    return url.set(drivername=_DRIVER)
