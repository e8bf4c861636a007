"""What each training followed from, so that a model of which nothing has changed stands."""

from alembic import op

revision = "0024"
down_revision = "0023"

# A run in which a model stands notes it with what it stands on now.
STATEMENTS = """
CREATE TABLE training (
    training_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id text NOT NULL REFERENCES run,
    client_id text NOT NULL REFERENCES client,
    season_id text NOT NULL REFERENCES season,
    model_id text NOT NULL,
    acted_at timestamptz NOT NULL,
    asked_sha256 text NOT NULL,
    lake_state text NOT NULL,
    is_accepted boolean NOT NULL,
    auc double precision NOT NULL,
    FOREIGN KEY (client_id, model_id) REFERENCES prediction_model (client_id, model_id)
);
CREATE INDEX ON training (client_id, season_id, acted_at);
GRANT SELECT, INSERT ON training TO kanmon_app;
"""


def upgrade() -> None:
    """Add the table with its guards and the isolation of clients."""
    op.execute(STATEMENTS)
    guard("training", "UPDATE OR DELETE", "ROW", "refuse_change")
    guard("training", "TRUNCATE", "STATEMENT", "refuse_change")
    isolate("training")


def guard(table: str, change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def isolate(table: str) -> None:
    """Show and take only rows of the client that the transaction acts for, from the table's owner too."""
    is_own = "client_id = current_setting('kanmon.client', true)"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_client ON {table} USING ({is_own}) WITH CHECK ({is_own})")
