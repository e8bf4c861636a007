"""What people ask for and what became of it: requests, objections, corrections, stale scores, notification stubs."""

from alembic import op

revision = "0013"
down_revision = "0012"

# Facts about a request only grow. What it says in the person's own words lies beside it, so that it can be erased.
REQUESTS = """
CREATE TABLE person_request (
    request_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_no int REFERENCES member,
    type text NOT NULL CHECK (type IN ('disclosure', 'objection', 'lifting', 'history', 'personal_data', 'check')),
    method text NOT NULL CHECK (method IN ('electronic', 'paper')),
    client_id text REFERENCES client,
    received_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    CHECK ((type = 'check') = (member_no IS NULL))
);
CREATE INDEX ON person_request (member_no);
CREATE TABLE request_content (
    request_no bigint PRIMARY KEY REFERENCES person_request,
    content jsonb NOT NULL
);
CREATE TABLE request_decision (
    request_no bigint PRIMARY KEY REFERENCES person_request,
    decided_at timestamptz NOT NULL,
    decided_by text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('accepted', 'refused')),
    reason text NOT NULL,
    done jsonb NOT NULL,
    delivered_sha256 text,
    ledger_seq bigint NOT NULL,
    CHECK (outcome = 'accepted' OR reason <> '')
);
"""
FACTS = """
CREATE TABLE objection (
    objection_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_no bigint NOT NULL REFERENCES person_request,
    member_no int NOT NULL REFERENCES member,
    occurred_at timestamptz NOT NULL,
    action text NOT NULL CHECK (action IN ('object', 'lift')),
    client_id text REFERENCES client
);
CREATE INDEX ON objection (member_no, occurred_at);
CREATE TABLE history_correction (
    correction_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_no bigint NOT NULL REFERENCES person_request,
    member_no int NOT NULL REFERENCES member,
    cookie_id text,
    since timestamptz,
    until timestamptz,
    corrected_at timestamptz NOT NULL,
    CHECK (since < until)
);
CREATE INDEX ON history_correction (member_no);
CREATE TABLE stale_score (
    score_no bigint PRIMARY KEY,
    client_id text NOT NULL REFERENCES client,
    request_no bigint NOT NULL REFERENCES person_request,
    stale_at timestamptz NOT NULL
);
CREATE TABLE stale_notice (
    record_no bigint PRIMARY KEY,
    client_id text NOT NULL REFERENCES client,
    request_no bigint NOT NULL REFERENCES person_request,
    told_at timestamptz NOT NULL
);
"""
# A stub is tied to a member while there is one, and after erasure to nobody: then it holds the answer itself.
STUBS = """
CREATE TABLE notification_stub (
    code_sha256 bytea PRIMARY KEY,
    purpose text NOT NULL CHECK (purpose = 'incident_notice'),
    channel text NOT NULL CHECK (channel IN ('email', 'phone', 'none')),
    contact_commitment bytea,
    issued_at timestamptz NOT NULL,
    member_no int REFERENCES member,
    answer jsonb,
    CHECK ((channel = 'none') = (contact_commitment IS NULL)),
    CHECK ((member_no IS NULL) = (answer IS NOT NULL))
);
CREATE INDEX ON notification_stub (member_no);
CREATE TABLE check_attempt (
    address_sha256 bytea NOT NULL,
    occurred_at timestamptz NOT NULL
);
CREATE INDEX ON check_attempt (address_sha256, occurred_at);
"""
APPEND_ONLY = ("person_request", "request_decision", "objection", "history_correction", "stale_score", "stale_notice")
BY_CLIENT = ("stale_score", "stale_notice")


def upgrade() -> None:
    """Add them with their guards, the isolation of clients and the app's rights."""
    for statements in (REQUESTS, FACTS, STUBS):
        op.execute(statements)
    for table in APPEND_ONLY:
        guard(table, "UPDATE OR DELETE", "ROW", "refuse_change")
        guard(table, "TRUNCATE", "STATEMENT", "refuse_change")
    for table in BY_CLIENT:
        isolate(table)
    op.execute(f"GRANT SELECT, INSERT ON {', '.join(APPEND_ONLY)}, notification_stub TO kanmon_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON request_content, check_attempt TO kanmon_app")
    op.execute("GRANT UPDATE (member_no, answer) ON notification_stub TO kanmon_app")


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
