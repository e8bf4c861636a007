"""Bringing the schema to a revision, by Alembic."""

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from kanmon.core.errors import DatabaseUnavailable
from kanmon.core.language import N_
from kanmon.db.database import MIGRATIONS


def migrate(connection: Connection, revision: str) -> None:
    """Bring the schema to a revision within the caller's transaction, as the schema's owner."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise DatabaseUnavailable(
            N_(
                "the database's schema can't be brought up to date (%(reason)s); it was perhaps migrated by a newer "
                "version of Kanmon: use that version, or another database"
            ),
            reason=error,
        ) from error
