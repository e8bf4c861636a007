"""What each scoring followed from, so that scores of which nothing has changed stand; and a job that merges files."""

from alembic import op

revision = "0023"
down_revision = "0022"

# A run in which scores stand notes them as the ones of the run that computed them.
STATEMENTS = """
CREATE TABLE scoring (
    scoring_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id text NOT NULL REFERENCES run,
    scored_in text NOT NULL REFERENCES run,
    client_id text NOT NULL REFERENCES client,
    season_id text NOT NULL REFERENCES season,
    asked_at timestamptz NOT NULL,
    asked_sha256 text NOT NULL,
    lake_state text NOT NULL,
    answers int NOT NULL
);
CREATE INDEX ON scoring (client_id, season_id, asked_at);
CREATE INDEX ON score (client_id, run_id);
GRANT SELECT, INSERT ON scoring TO kanmon_app;
ALTER TABLE job DROP CONSTRAINT job_kind_check,
    ADD CHECK (kind IN ('run', 'coverage', 'collect', 'mail', 'recall', 'compact'));
"""


def upgrade() -> None:
    """Add the table with its guards and the isolation of clients, and let jobs merge files."""
    op.execute(STATEMENTS)
    guard("scoring", "UPDATE OR DELETE", "ROW", "refuse_change")
    guard("scoring", "TRUNCATE", "STATEMENT", "refuse_change")
    isolate("scoring")


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
