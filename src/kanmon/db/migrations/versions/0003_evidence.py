"""Where in the ledger a provision, each of its records and each consent relied on stand."""

from alembic import op

revision = "0003"
down_revision = "0002"

COLUMNS = """
CREATE TABLE consent_entry (
    consent_no bigint PRIMARY KEY REFERENCES consent_act,
    ledger_seq bigint NOT NULL UNIQUE REFERENCES ledger_entry
);
ALTER TABLE provision ADD ledger_seq bigint UNIQUE REFERENCES ledger_entry;
ALTER TABLE provision_record ADD ledger_seq bigint UNIQUE REFERENCES ledger_entry;
"""


def upgrade() -> None:
    """Add them; what was provided before there was a ledger stands nowhere in it."""
    op.execute(COLUMNS)
    for change, level in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        name = f"guard_{change.lower().replace(' ', '_')}"
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {change} ON consent_entry FOR EACH {level} EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE consent_entry ENABLE ALWAYS TRIGGER {name}")
    op.execute("GRANT SELECT, INSERT ON consent_entry TO kanmon_app")
