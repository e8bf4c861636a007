"""Which entry of the ledger holds the digests of which rows."""

from alembic import op

revision = "0035"
down_revision = "0034"

BOUND = """
CREATE TABLE bound_rows (
    kind text NOT NULL,
    batch text NOT NULL,
    ledger_seq bigint PRIMARY KEY REFERENCES ledger_entry
);
CREATE INDEX ON bound_rows (kind, batch, ledger_seq);
"""


def upgrade() -> None:
    """Add the table, which only grows, and the app's rights."""
    op.execute(BOUND)
    for change, level in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        name = f"guard_{change.lower().replace(' ', '_')}"
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {change} ON bound_rows FOR EACH {level} EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE bound_rows ENABLE ALWAYS TRIGGER {name}")
    op.execute("GRANT SELECT, INSERT ON bound_rows TO kanmon_app")
