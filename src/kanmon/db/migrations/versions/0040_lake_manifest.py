"""Which manifest of the lake is in force, and which one was about to be."""

from alembic import op

revision = "0040"
down_revision = "0039"

# A lake lies outside of the database: what it must be stands here, so that a lost or old one is never taken for it.
STATEMENTS = """
CREATE TABLE lake_manifest (
    is_here boolean PRIMARY KEY CHECK (is_here),
    current_sha256 text,
    coming_sha256 text,
    noted_at timestamptz NOT NULL,
    CHECK (current_sha256 IS NOT NULL OR coming_sha256 IS NOT NULL)
);
GRANT SELECT, INSERT ON lake_manifest TO kanmon_app;
GRANT UPDATE (current_sha256, coming_sha256, noted_at) ON lake_manifest TO kanmon_app;
"""


def upgrade() -> None:
    """Add the table with its guards; it is never emptied."""
    op.execute(STATEMENTS)
    guard("DELETE", "ROW")
    guard("TRUNCATE", "STATEMENT")


def guard(change: str, level: str) -> None:
    """Refuse a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower()}"
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {change} ON lake_manifest FOR EACH {level} EXECUTE FUNCTION refuse_change()"
    )
    op.execute(f"ALTER TABLE lake_manifest ENABLE ALWAYS TRIGGER {name}")
