"""Consent taken live: which words were served to whom, and every answer with what became of it."""

from alembic import op

revision = "0008"
down_revision = "0007"

# A token is known by its hash alone. An agreement uses up its text; a refusal may come again, and counts each time.
COLLECTED = """
CREATE TABLE served_text (
    served_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_sha256 bytea NOT NULL UNIQUE,
    screen_id text NOT NULL REFERENCES screen,
    policy_id text NOT NULL,
    version_id text NOT NULL,
    language text NOT NULL,
    text_sha256 text NOT NULL,
    member_id text,
    visitor_id text,
    served_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CHECK (num_nonnulls(member_id, visitor_id) = 1)
);
CREATE TABLE consent_answer (
    answer_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key_no int NOT NULL REFERENCES api_key,
    act_id text NOT NULL,
    content_sha256 bytea NOT NULL,
    action text NOT NULL CHECK (action IN ('accept', 'refuse', 'withdraw')),
    member_id text NOT NULL,
    screen_id text NOT NULL,
    client_id text,
    served_no bigint REFERENCES served_text,
    shown_sha256 text,
    consent_no bigint UNIQUE REFERENCES consent_act,
    refusal text,
    answered_at timestamptz NOT NULL,
    UNIQUE (key_no, act_id),
    CHECK (num_nonnulls(consent_no, refusal) = 1),
    CHECK (action <> 'accept' OR consent_no IS NULL OR served_no IS NOT NULL)
);
CREATE UNIQUE INDEX ON consent_answer (served_no) WHERE action = 'accept' AND consent_no IS NOT NULL;
CREATE INDEX ON consent_answer (served_no);
"""


def upgrade() -> None:
    """Add them with their guards and the app's rights; both only grow."""
    op.execute(COLLECTED)
    for table in ("served_text", "consent_answer"):
        guard(table, "UPDATE OR DELETE", "ROW", "refuse_change")
        guard(table, "TRUNCATE", "STATEMENT", "refuse_change")
    op.execute("GRANT SELECT, INSERT ON served_text, consent_answer TO kanmon_app")


def guard(table: str, change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
