"""How to log in to PostgreSQL, and as which role a connection then acts."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, Pool

from kanmon.errors import UsageError
from kanmon.language import N_

SCHEMA = "kanmon"
OWNER = "kanmon_owner"
MIGRATOR = "kanmon_migrator"
APP = "kanmon_app"

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
    app = _url("KANMON_DATABASE_URL", environment["KANMON_DATABASE_URL"])
    migrator = environment.get("KANMON_MIGRATOR_URL")
    return DatabaseLogins(app, _url("KANMON_MIGRATOR_URL", migrator) if migrator else app)


def engine_as(url: URL, role: str | None, pool: type[Pool] = NullPool) -> Engine:
    """An engine whose connections act as `role` (None: as the login itself) in Kanmon's schema and in UTC."""
    return create_engine(
        url.difference_update_query(["options"]),
        connect_args={"options": options_as(url, role), "application_name": "kanmon", "connect_timeout": 10},
        poolclass=pool,
        pool_pre_ping=True,
    )


def options_as(url: URL, role: str | None) -> str:
    """The options by which a connection acts so, beside those that the URL names."""
    settings = {"search_path": SCHEMA, "timezone": "UTC", "jit": "off"} | ({"role": role} if role else {})
    own = str(url.query.get("options", ""))
    return " ".join([own, *(f"-c {name}={value}" for name, value in settings.items())]).strip()


def _url(name: str, value: str) -> URL:
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
