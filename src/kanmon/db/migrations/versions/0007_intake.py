"""Events that a board sends over HTTP: the keys it sends them with, and what was received until the lake has it."""

from alembic import op

revision = "0007"
down_revision = "0006"

# The client-made ID makes sending again harmless; the hash tells the same event from another one under its ID.
INTAKE = """
CREATE TABLE api_key (
    key_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    label text NOT NULL UNIQUE CHECK (label <> ''),
    key_sha256 bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE TABLE received_event (
    event_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key_no int NOT NULL REFERENCES api_key,
    event_id text NOT NULL,
    content_sha256 bytea NOT NULL,
    event jsonb,
    received_at timestamptz NOT NULL,
    collected_at timestamptz,
    fault text,
    UNIQUE (key_no, event_id),
    CHECK ((event IS NULL) = (collected_at IS NOT NULL AND fault IS NULL))
);
CREATE INDEX ON received_event (event_no) WHERE collected_at IS NULL;
"""


def upgrade() -> None:
    """Add them with the app's rights; an event's content leaves the table when the lake has it."""
    op.execute(INTAKE)
    op.execute("GRANT SELECT, INSERT ON api_key, received_event TO kanmon_app")
    op.execute("GRANT UPDATE (revoked_at) ON api_key TO kanmon_app")
    op.execute("GRANT UPDATE (event, collected_at, fault) ON received_event TO kanmon_app")
