"""Jobs that a worker does, and what a client states: how it got its data, what it received, what it uses scores for."""

from alembic import op

revision = "0011"
down_revision = "0010"

# Of jobs that ask the same, one is open at a time. A job of no client is the platform's own.
JOB = """
CREATE TABLE job (
    job_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('run', 'coverage', 'collect')),
    arguments jsonb NOT NULL,
    client_id text REFERENCES client,
    asked_by int REFERENCES account,
    asked_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'refused', 'failed')),
    attempts int NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    not_before timestamptz NOT NULL DEFAULT '-infinity',
    leased_by text,
    lease_until timestamptz,
    step text,
    told jsonb NOT NULL DEFAULT '{}',
    begun_at timestamptz,
    ended_at timestamptz,
    CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CHECK ((state IN ('done', 'refused', 'failed')) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX job_open ON job (kind, arguments, client_id) NULLS NOT DISTINCT
    WHERE state IN ('waiting', 'running');
CREATE INDEX job_of_client ON job (client_id, job_no);
"""
# Whoever acts for a client sees that client's jobs; a worker acts for nobody and sees all.
JOBS_KEPT_APART = """
ALTER TABLE job ENABLE ROW LEVEL SECURITY;
ALTER TABLE job FORCE ROW LEVEL SECURITY;
CREATE POLICY own_client ON job
    USING (current_setting('kanmon.client', true) IN ('', client_id))
    WITH CHECK (current_setting('kanmon.client', true) IN ('', client_id));
"""

STATED = """
CREATE TABLE acquisition (
    acquisition_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id text NOT NULL REFERENCES client,
    account_no int NOT NULL REFERENCES account,
    stated_at timestamptz NOT NULL,
    file_sha256 text NOT NULL,
    source text NOT NULL,
    words text NOT NULL,
    legal_basis text NOT NULL,
    ledger_seq bigint NOT NULL
);
CREATE TABLE receipt (
    provision_id text PRIMARY KEY,
    client_id text NOT NULL,
    account_no int NOT NULL REFERENCES account,
    acknowledged_at timestamptz NOT NULL,
    pack jsonb NOT NULL,
    ledger_seq bigint NOT NULL,
    FOREIGN KEY (client_id, provision_id) REFERENCES provision (client_id, provision_id)
);
CREATE TABLE use_statement (
    statement_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id text NOT NULL REFERENCES client,
    account_no int NOT NULL REFERENCES account,
    stated_at timestamptz NOT NULL,
    provision_id text,
    said jsonb NOT NULL,
    ledger_seq bigint NOT NULL,
    FOREIGN KEY (client_id, provision_id) REFERENCES provision (client_id, provision_id)
);
CREATE INDEX ON use_statement (client_id, provision_id);
CREATE TABLE use_alert (
    alert_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id text NOT NULL REFERENCES client,
    account_no int NOT NULL REFERENCES account,
    raised_at timestamptz NOT NULL,
    code text NOT NULL,
    provision_id text,
    said jsonb NOT NULL,
    ledger_seq bigint NOT NULL
);
"""
TABLES = ("acquisition", "receipt", "use_statement", "use_alert")


def upgrade() -> None:
    """Add them with their guards, the isolation of clients and the app's rights; what was stated can't be changed."""
    op.execute(JOB)
    op.execute(JOBS_KEPT_APART)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON job TO kanmon_app")
    op.execute(STATED)
    for table in TABLES:
        guard(table, "UPDATE OR DELETE", "ROW", "refuse_change")
        guard(table, "TRUNCATE", "STATEMENT", "refuse_change")
        isolate(table)
    op.execute(f"GRANT SELECT, INSERT ON {', '.join(TABLES)} TO kanmon_app")


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
