"""Which control plane this is, and by their fingerprints the keys that it has had."""

from alembic import op

revision = "0027"
down_revision = "0026"

# A key lies outside of the database; what it must be stands here, so that a lost one is never taken for a first one.
STATEMENTS = """
CREATE TABLE control_plane (
    is_here boolean PRIMARY KEY CHECK (is_here),
    identity text NOT NULL,
    made_at timestamptz NOT NULL
);
INSERT INTO control_plane (is_here, identity, made_at)
    VALUES (true, replace(gen_random_uuid()::text, '-', ''), now());
CREATE TABLE kept_key (
    kind text PRIMARY KEY CHECK (kind IN ('ledger', 'erasure', 'rows')),
    fingerprint text NOT NULL,
    noted_at timestamptz NOT NULL
);
GRANT SELECT ON control_plane TO kanmon_app;
GRANT SELECT, INSERT ON kept_key TO kanmon_app;
GRANT UPDATE (fingerprint, noted_at) ON kept_key TO kanmon_app;
"""


def upgrade() -> None:
    """Add the tables with their guards; neither is ever emptied."""
    op.execute(STATEMENTS)
    guard("control_plane", "UPDATE OR DELETE", "ROW", "refuse_change")
    guard("control_plane", "TRUNCATE", "STATEMENT", "refuse_change")
    guard("kept_key", "DELETE", "ROW", "refuse_change")
    guard("kept_key", "TRUNCATE", "STATEMENT", "refuse_change")


def guard(table: str, change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
