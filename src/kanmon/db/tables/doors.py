"""Who may come in: accounts, sessions, keys, and what programs sent."""

from sqlalchemy import BigInteger, Column, Identity, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from kanmon.db.tables.base import AT, JSON, metadata, text

account = Table(
    "account",
    metadata,
    Column("account_no", Integer, Identity(always=True), primary_key=True),
    text("name"),
    text("role"),
    Column("member_no", Integer),
    text("client_id", nullable=True),
    text("staff_person", nullable=True),
    text("password_hash"),
    Column("created_at", AT, nullable=False),
    Column("closed_at", AT),
)
account_act = Table(
    "account_act",
    metadata,
    Column("act_no", BigInteger, Identity(always=True), primary_key=True),
    Column("account_no", Integer, nullable=False),
    text("act"),
    text("acted_by"),
    text("because"),
    Column("acted_at", AT, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
)
sign_in_session = Table(
    "sign_in_session",
    metadata,
    Column("token_sha256", LargeBinary, primary_key=True),
    Column("account_no", Integer, nullable=False),
    Column("begun_at", AT, nullable=False),
    Column("ends_at", AT, nullable=False),
    text("way"),
    Column("seen_at", AT, nullable=False),
)
oidc_login = Table(
    "oidc_login",
    metadata,
    Column("state_sha256", LargeBinary, primary_key=True),
    Column("browser_sha256", LargeBinary, nullable=False),
    text("nonce"),
    text("verifier"),
    Column("account_no", Integer),
    Column("ends_at", AT, nullable=False),
)
oidc_identity = Table(
    "oidc_identity",
    metadata,
    Column("identity_no", Integer, Identity(always=True), primary_key=True),
    Column("account_no", Integer, nullable=False),
    text("issuer"),
    text("subject"),
    Column("bound_at", AT, nullable=False),
)
passkey = Table(
    "passkey",
    metadata,
    Column("credential_id", LargeBinary, primary_key=True),
    Column("account_no", Integer, nullable=False),
    text("name"),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("registered_at", AT, nullable=False),
    Column("used_at", AT),
)
passkey_challenge = Table(
    "passkey_challenge",
    metadata,
    Column("challenge_sha256", LargeBinary, primary_key=True),
    Column("account_no", Integer),
    Column("ends_at", AT, nullable=False),
)
request_count = Table(
    "request_count",
    metadata,
    Column("counted", Text, primary_key=True),
    Column("whose_sha256", LargeBinary, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("ends_at", AT, nullable=False),
)
sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("name_sha256", LargeBinary, nullable=False),
    Column("occurred_at", AT, nullable=False),
)
score_read = Table(
    "score_read",
    metadata,
    Column("read_no", BigInteger, Identity(always=True), primary_key=True),
    Column("account_no", Integer, nullable=False),
    text("purpose"),
    text("subject"),
    Column("read_at", AT, nullable=False),
)
api_key = Table(
    "api_key",
    metadata,
    Column("key_no", Integer, Identity(always=True), primary_key=True),
    text("label"),
    Column("key_sha256", LargeBinary, nullable=False),
    Column("created_at", AT, nullable=False),
    Column("revoked_at", AT),
    Column("may", ARRAY(Text), nullable=False, server_default="{events}"),
    text("client_id", nullable=True),
)
received_event = Table(
    "received_event",
    metadata,
    Column("event_no", BigInteger, Identity(always=True), primary_key=True),
    Column("key_no", Integer, nullable=False),
    text("event_id"),
    Column("content_sha256", LargeBinary, nullable=False),
    Column("event", JSON),
    Column("received_at", AT, nullable=False),
    Column("collected_at", AT),
    text("fault", nullable=True),
)
