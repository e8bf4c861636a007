"""What people asked for, and what became of it."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Identity, Integer, LargeBinary, Table, Text

from kanmon.db.tables.base import AT, JSON, metadata, text

person_request = Table(
    "person_request",
    metadata,
    Column("request_no", BigInteger, Identity(always=True), primary_key=True),
    Column("member_no", Integer),
    text("type"),
    text("method"),
    text("client_id", nullable=True),
    Column("received_at", AT, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
)
request_content = Table(
    "request_content",
    metadata,
    Column("request_no", BigInteger, primary_key=True, autoincrement=False),
    Column("content", JSON, nullable=False),
)
request_decision = Table(
    "request_decision",
    metadata,
    Column("request_no", BigInteger, primary_key=True, autoincrement=False),
    Column("decided_at", AT, nullable=False),
    text("decided_by"),
    text("outcome"),
    text("reason"),
    Column("done", JSON, nullable=False),
    text("delivered_sha256", nullable=True),
    Column("ledger_seq", BigInteger, nullable=False),
)
objection = Table(
    "objection",
    metadata,
    Column("objection_no", BigInteger, Identity(always=True), primary_key=True),
    Column("request_no", BigInteger, nullable=False),
    Column("member_no", Integer, nullable=False),
    Column("occurred_at", AT, nullable=False),
    text("action"),
    text("client_id", nullable=True),
    text("use", nullable=True),
)
history_correction = Table(
    "history_correction",
    metadata,
    Column("correction_no", BigInteger, Identity(always=True), primary_key=True),
    Column("request_no", BigInteger, nullable=False),
    Column("member_no", Integer, nullable=False),
    text("cookie_id", nullable=True),
    Column("since", AT),
    Column("until", AT),
    Column("corrected_at", AT, nullable=False),
)
stale_score = Table(
    "stale_score",
    metadata,
    Column("score_no", BigInteger, primary_key=True, autoincrement=False),
    text("client_id"),
    Column("request_no", BigInteger, nullable=False),
    Column("stale_at", AT, nullable=False),
)
disputed_score = Table(
    "disputed_score",
    metadata,
    Column("request_no", BigInteger, primary_key=True, autoincrement=False),
    Column("client_id", Text, primary_key=True),
    Column("score_no", BigInteger, nullable=False),
    Column("disputed_at", AT, nullable=False),
)
second_look = Table(
    "second_look",
    metadata,
    Column("request_no", BigInteger, primary_key=True, autoincrement=False),
    Column("client_id", Text, primary_key=True),
    Column("account_no", Integer, nullable=False),
    Column("answered_at", AT, nullable=False),
    Column("said", JSON, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
)
stale_notice = Table(
    "stale_notice",
    metadata,
    Column("record_no", BigInteger, primary_key=True, autoincrement=False),
    text("client_id"),
    Column("request_no", BigInteger, nullable=False),
    Column("told_at", AT, nullable=False),
)
notification_stub = Table(
    "notification_stub",
    metadata,
    Column("code_sha256", LargeBinary, primary_key=True),
    text("purpose"),
    text("channel"),
    Column("contact_commitment", LargeBinary),
    Column("issued_at", AT, nullable=False),
    Column("member_no", Integer),
    Column("answer", JSON),
)
check_attempt = Table(
    "check_attempt",
    metadata,
    Column("address_sha256", LargeBinary, nullable=False),
    Column("occurred_at", AT, nullable=False),
)
erasure = Table(
    "erasure",
    metadata,
    Column("erasure_no", Integer, Identity(always=True), primary_key=True),
    Column("member_no", Integer, nullable=False),
    Column("code_sha256", LargeBinary, nullable=False),
    Column("person_sha256", LargeBinary, nullable=False),
    Column("requested_at", AT, nullable=False),
    Column("real_at", AT, nullable=False),
    Column("is_replay", Boolean, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
)
erasure_step = Table(
    "erasure_step",
    metadata,
    Column("erasure_no", Integer, primary_key=True, autoincrement=False),
    Column("step", Text, primary_key=True),
    Column("done_at", AT, nullable=False),
    Column("ledger_seq", BigInteger),
)
erased_applicant = Table(
    "erased_applicant",
    metadata,
    Column("applicant_no", Integer, primary_key=True, autoincrement=False),
    text("client_id"),
    text("season_id"),
    Column("erasure_no", Integer, nullable=False),
    Column("was_provided", Boolean, nullable=False),
    Column("is_gone", Boolean, nullable=False, server_default="false"),
)
erasure_rendering = Table(
    "erasure_rendering",
    metadata,
    Column("provision_id", Text, primary_key=True),
    text("client_id"),
)
erasure_request = Table(
    "erasure_request",
    metadata,
    Column("request_no", Integer, Identity(always=True), primary_key=True),
    text("client_id"),
    Column("erasure_no", Integer),
    Column("requested_at", AT, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("because", Text, nullable=False, server_default="erasure"),
    text("incident_id", nullable=True),
)
requested_row = Table(
    "requested_row",
    metadata,
    Column("request_no", Integer, primary_key=True, autoincrement=False),
    text("client_id"),
    Column("applicant_no", Integer, primary_key=True, autoincrement=False),
    Column("member_no", Integer, nullable=False),
)
erasure_request_step = Table(
    "erasure_request_step",
    metadata,
    Column("request_no", Integer, primary_key=True, autoincrement=False),
    text("client_id"),
    Column("step", Text, primary_key=True),
    Column("taken_at", AT, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
)
erasure_certificate = Table(
    "erasure_certificate",
    metadata,
    Column("request_no", Integer, primary_key=True, autoincrement=False),
    text("client_id"),
    Column("certified_at", AT, nullable=False),
    text("certified_by"),
    text("sub_processors"),
    Column("ledger_seq", BigInteger, nullable=False),
)
