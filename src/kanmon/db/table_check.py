"""Whether PostgreSQL can read every table of the control plane, page by page."""

from collections.abc import Mapping

from sqlalchemy import text

from kanmon.core.errors import DatabaseDamaged
from kanmon.db.logins import SCHEMA
from kanmon.db.unit_of_work import Database

_TABLES = text(
    """
    SELECT relname FROM pg_class
    WHERE relnamespace = CAST(:schema AS regnamespace) AND relkind = 'r' AND has_table_privilege(oid, 'SELECT')
    ORDER BY relname
    """
)


def damaged_tables(database: Database) -> Mapping[str, DatabaseDamaged]:
    """The tables that can't be read to their end, by name; values too large for a page are not read."""
    with database.read() as session:
        tables = session.connection.scalars(_TABLES, {"schema": SCHEMA}).all()
    damaged = {}
    for table in tables:
        try:
            with database.read() as session:
                session.connection.exec_driver_sql("SET LOCAL enable_indexonlyscan = off")
                session.connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - named by itself
        except DatabaseDamaged as error:
            damaged[table] = error
    return damaged
