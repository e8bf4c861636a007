"""Runs migrations on the connection that `db.migrating.migrate` hands over, in its transaction."""

from alembic import context

from kanmon.db.tables.base import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
