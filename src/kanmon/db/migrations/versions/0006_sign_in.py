"""Who may come in by a browser: accounts, sessions, attempts, and every read of a score with its purpose."""

from alembic import op

revision = "0006"
down_revision = "0005"

# An account stands for one person of the board, one client's staff, or a privacy owner: never for two of them.
ACCOUNT = """
CREATE TABLE account (
    account_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> ''),
    role text NOT NULL CHECK (role IN ('person', 'client', 'privacy_owner')),
    member_no int UNIQUE REFERENCES member,
    client_id text REFERENCES client,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    CHECK ((role = 'person') = (member_no IS NOT NULL)),
    CHECK ((role = 'client') = (client_id IS NOT NULL))
);
CREATE TABLE sign_in_session (
    token_sha256 bytea PRIMARY KEY,
    account_no int NOT NULL REFERENCES account,
    begun_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
);
CREATE TABLE sign_in_failure (
    name_sha256 bytea NOT NULL,
    occurred_at timestamptz NOT NULL
);
CREATE INDEX ON sign_in_failure (name_sha256, occurred_at);
CREATE TABLE score_read (
    read_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_no int NOT NULL REFERENCES account,
    purpose text NOT NULL CHECK (purpose IN ('own_data', 'report')),
    subject text NOT NULL,
    read_at timestamptz NOT NULL
);
"""


def upgrade() -> None:
    """Add them with their guards and the app's rights; an audit of reads can't be changed."""
    op.execute(ACCOUNT)
    guard("score_read", "UPDATE OR DELETE", "ROW", "refuse_change")
    guard("score_read", "TRUNCATE", "STATEMENT", "refuse_change")
    op.execute("GRANT SELECT, INSERT ON account, score_read TO kanmon_app")
    op.execute("GRANT UPDATE (password_hash) ON account TO kanmon_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON sign_in_session, sign_in_failure TO kanmon_app")


def guard(table: str, change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
