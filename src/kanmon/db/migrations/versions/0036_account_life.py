"""Accounts that are closed, and what was done to accounts, by whom and why."""

from alembic import op

revision = "0036"
down_revision = "0035"

# `account_no` refers to no table: what was done to an account stays when the account of an erased person is gone.
STATEMENTS = """
ALTER TABLE account ADD closed_at timestamptz;
GRANT UPDATE (closed_at) ON account TO kanmon_app;
CREATE TABLE account_act (
    act_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_no int NOT NULL,
    act text NOT NULL CHECK (act IN ('close', 'reset', 'end_sessions')),
    acted_by text NOT NULL CHECK (acted_by <> ''),
    because text NOT NULL CHECK (because <> ''),
    acted_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL REFERENCES ledger_entry
);
GRANT SELECT, INSERT ON account_act TO kanmon_app;
"""


def upgrade() -> None:
    """Add them; what was done can't be changed."""
    op.execute(STATEMENTS)
    for change, level in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        name = f"guard_{change.lower().replace(' ', '_')}"
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {change} ON account_act FOR EACH {level} EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE account_act ENABLE ALWAYS TRIGGER {name}")
