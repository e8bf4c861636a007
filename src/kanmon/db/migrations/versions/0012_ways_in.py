"""More ways to come in: OpenID identities, passkeys; when a session was last used; counts of what is let through."""

from alembic import op

revision = "0012"
down_revision = "0011"

SESSIONS = """
ALTER TABLE sign_in_session ADD COLUMN way text, ADD COLUMN seen_at timestamptz;
UPDATE sign_in_session SET way = 'password', seen_at = begun_at;
ALTER TABLE sign_in_session ALTER COLUMN way SET NOT NULL, ALTER COLUMN seen_at SET NOT NULL,
    ADD CHECK (way IN ('password', 'oidc', 'passkey'));
CREATE INDEX ON sign_in_session (account_no);
CREATE INDEX ON score_read (subject, read_at);
"""

# A login and a challenge are deleted by whoever uses them: that a row goes once is that they are used once.
WAYS = """
CREATE TABLE oidc_login (
    state_sha256 bytea PRIMARY KEY,
    browser_sha256 bytea NOT NULL,
    nonce text NOT NULL,
    verifier text NOT NULL,
    account_no int REFERENCES account ON DELETE CASCADE,
    ends_at timestamptz NOT NULL
);
CREATE TABLE oidc_identity (
    identity_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_no int NOT NULL REFERENCES account ON DELETE CASCADE,
    issuer text NOT NULL CHECK (issuer <> ''),
    subject text NOT NULL CHECK (subject <> ''),
    bound_at timestamptz NOT NULL,
    UNIQUE (issuer, subject)
);
CREATE INDEX ON oidc_identity (account_no);
CREATE TABLE passkey (
    credential_id bytea PRIMARY KEY,
    account_no int NOT NULL REFERENCES account ON DELETE CASCADE,
    name text NOT NULL CHECK (name <> ''),
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    registered_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX ON passkey (account_no);
CREATE TABLE passkey_challenge (
    challenge_sha256 bytea PRIMARY KEY,
    account_no int REFERENCES account ON DELETE CASCADE,
    ends_at timestamptz NOT NULL
);
"""

# What is counted for a minute need not outlive a crash, and shall cost no request a write to the log.
COUNTS = """
CREATE UNLOGGED TABLE request_count (
    counted text,
    whose_sha256 bytea,
    amount bigint NOT NULL,
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (counted, whose_sha256)
);
CREATE INDEX ON request_count (ends_at);
"""


def upgrade() -> None:
    """Add them with the app's rights."""
    for statements in (SESSIONS, WAYS, COUNTS):
        op.execute(statements)
    op.execute("GRANT UPDATE (seen_at) ON sign_in_session TO kanmon_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON oidc_login, oidc_identity, passkey, passkey_challenge TO kanmon_app")
    op.execute("GRANT UPDATE (sign_count, used_at) ON passkey TO kanmon_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON request_count TO kanmon_app")
