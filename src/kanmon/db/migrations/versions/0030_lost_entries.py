"""Entries of the ledger that an older copy of the database lost, and who must not be provided before they are known."""

from alembic import op

revision = "0030"
down_revision = "0029"

STATEMENTS = """
CREATE TABLE lost_entries (
    first_seq bigint PRIMARY KEY,
    last_seq bigint NOT NULL CHECK (last_seq >= first_seq),
    found_at timestamptz NOT NULL,
    accepted_seq bigint
);
CREATE TABLE awaited_withdrawal (
    member_ref text NOT NULL,
    client_id text,
    lost_seq bigint PRIMARY KEY,
    taken_at timestamptz
);
GRANT SELECT, INSERT ON lost_entries, awaited_withdrawal TO kanmon_app;
GRANT UPDATE (accepted_seq) ON lost_entries TO kanmon_app;
GRANT UPDATE (taken_at) ON awaited_withdrawal TO kanmon_app;
"""


def upgrade() -> None:
    """Add the tables with their guards; nothing is deleted from them."""
    op.execute(STATEMENTS)
    for table in ("lost_entries", "awaited_withdrawal"):
        guard(table, "DELETE", "ROW", "refuse_change")
        guard(table, "TRUNCATE", "STATEMENT", "refuse_change")


def guard(table: str, change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
