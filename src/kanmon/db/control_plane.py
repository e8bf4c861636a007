"""Which database is a workspace's: noted in it, so that no command takes an empty one for it."""

from sqlalchemy import text

from kanmon.core.durable import replace
from kanmon.core.errors import DatabaseElsewhere
from kanmon.core.language import N_
from kanmon.core.workspace import Workspace
from kanmon.db.logins import APP, SCHEMA, DatabaseLogins, engine_as
from kanmon.db.unit_of_work import failures_told

_IDENTITY = text("SELECT identity FROM control_plane")


def check_before(workspace: Workspace, logins: DatabaseLogins) -> None:
    """Before anything is made or migrated in a database: is it the one that the workspace has worked with?

    Raises `DatabaseElsewhere` where it is another one or, though the workspace has had one, where there is none.
    """
    noted = _noted(workspace)
    if noted is None and not workspace.ledger_key.exists():
        return
    table = "alembic_version" if noted is None else "control_plane"
    with failures_told(), engine_as(logins.app, None).connect() as connection:
        is_there = connection.scalar(text("SELECT to_regclass(:table) IS NOT NULL"), {"table": f"{SCHEMA}.{table}"})
    if not is_there:
        raise DatabaseElsewhere(
            N_(
                "the database %(database)s holds no Kanmon, and %(folder)s has worked with one that does. Set "
                "KANMON_DATABASE_URL to that database, or unset it if the workspace has one of its own, or restore "
                "it; a new beginning is a new workspace: kanmon init"
            ),
            database=logins.app.render_as_string(hide_password=True),
            folder=workspace.root,
        )
    if noted is not None and (identity := _identity(logins)) != noted:
        raise DatabaseElsewhere(
            N_(
                "the database %(database)s holds another Kanmon (%(identity)s) than the one that %(folder)s has worked "
                "with (%(noted)s): set KANMON_DATABASE_URL to that one, or name another workspace"
            ),
            database=logins.app.render_as_string(hide_password=True),
            identity=identity,
            folder=workspace.root,
            noted=noted,
        )


def note_control_plane(workspace: Workspace, logins: DatabaseLogins) -> str:
    """Note the identity of the database that was made ready for a workspace; the identity."""
    identity = _identity(logins)
    if _noted(workspace) != identity:
        replace(workspace.control_plane, f"{identity}\n".encode())
    return identity


def check_embedded(workspace: Workspace) -> None:
    """`DatabaseElsewhere` where the workspace has had a database and none is in it: no new one is made then."""
    if _noted(workspace) is not None and not (workspace.database / "data").exists():
        raise DatabaseElsewhere(
            N_(
                "%(folder)s has worked with a database that isn't in it: set KANMON_DATABASE_URL to that database, or "
                "restore the folder %(data)s; a new beginning is a new workspace: kanmon init"
            ),
            folder=workspace.root,
            data=workspace.database,
        )


def _identity(logins: DatabaseLogins) -> str:
    with failures_told(), engine_as(logins.app, APP).connect() as connection:
        return str(connection.scalar(_IDENTITY))


def _noted(workspace: Workspace) -> str | None:
    try:
        return workspace.control_plane.read_text(encoding="ascii", errors="replace").strip() or None
    except FileNotFoundError:
        return None
