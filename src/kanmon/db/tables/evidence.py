"""People, and the evidence of what they were shown and did."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from kanmon.db.tables.base import AT, metadata, personal, text

member = Table(
    "member",
    metadata,
    Column("member_no", Integer, primary_key=True, autoincrement=False),
    text("member_id"),
    text("season_id"),
    Column("registered_at", AT, nullable=False),
    *personal(),
    text("phone", nullable=True),
    Column("last_registered_at", AT),
)
displayed_text = Table(
    "displayed_text",
    metadata,
    Column("text_no", Integer, Identity(always=True), primary_key=True),
    text("text_sha256"),
)
consent_act = Table(
    "consent_act",
    metadata,
    Column("consent_no", BigInteger, Identity(always=True), primary_key=True),
    Column("member_no", Integer, nullable=False),
    Column("occurred_at", AT, nullable=False),
    text("screen_id"),
    Column("text_no", Integer, nullable=False),
    text("action"),
    text("client_id", nullable=True),
    Column("refusable", Boolean),
    text("given_by", nullable=True),
    text("relation", nullable=True),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("latest_at", AT),
    Column("known_at", AT),
    Column("load_id", Integer),
    Column("entry_seq", BigInteger),
    text("answer_sha256", nullable=True),
)
consent_seal = Table(
    "consent_seal",
    metadata,
    Column("member_no", Integer, primary_key=True, autoincrement=False),
    Column("numbers", ARRAY(BigInteger), nullable=False),
    Column("seal", LargeBinary, nullable=False),
)
notice_seal = Table(
    "notice_seal",
    metadata,
    Column("member_no", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("seal", LargeBinary, nullable=False),
)
consent_correction = Table(
    "consent_correction",
    metadata,
    Column("old_no", BigInteger, primary_key=True, autoincrement=False),
    Column("new_no", BigInteger, nullable=False),
)
consent_entry = Table(
    "consent_entry",
    metadata,
    Column("consent_no", BigInteger, primary_key=True, autoincrement=False),
    Column("ledger_seq", BigInteger, nullable=False),
)
served_text = Table(
    "served_text",
    metadata,
    Column("served_no", BigInteger, Identity(always=True), primary_key=True),
    Column("token_sha256", LargeBinary, nullable=False),
    text("screen_id"),
    text("policy_id"),
    text("version_id"),
    text("language"),
    text("text_sha256"),
    text("member_id", nullable=True),
    text("visitor_id", nullable=True),
    Column("served_at", AT, nullable=False),
    Column("expires_at", AT, nullable=False),
)
consent_answer = Table(
    "consent_answer",
    metadata,
    Column("answer_no", BigInteger, Identity(always=True), primary_key=True),
    Column("key_no", Integer, nullable=False),
    text("act_id"),
    Column("content_sha256", LargeBinary, nullable=False),
    text("action"),
    text("member_id"),
    text("screen_id"),
    text("client_id", nullable=True),
    Column("served_no", BigInteger),
    text("shown_sha256", nullable=True),
    text("rendered_sha256", nullable=True),
    Column("consent_no", BigInteger),
    text("refusal", nullable=True),
    Column("answered_at", AT, nullable=False),
    Column("salt", LargeBinary),
    text("page_check", nullable=True),
)
rendering_ticket = Table(
    "rendering_ticket",
    metadata,
    Column("ticket_sha256", LargeBinary, primary_key=True),
    text("screen_id"),
    text("language"),
    text("version_id"),
    text("text_sha256"),
    Column("is_used", Boolean, nullable=False),
    Column("ends_at", AT, nullable=False),
)
rendered_words = Table(
    "rendered_words",
    metadata,
    Column("screen_id", Text, primary_key=True),
    Column("reported_in", AT, primary_key=True),
    Column("text_sha256", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("version_id", Text, primary_key=True),
    Column("is_right", Boolean, primary_key=True),
    Column("is_known", Boolean, nullable=False),
    Column("proven", BigInteger, nullable=False),
    Column("unproven", BigInteger, nullable=False),
)
rendering = Table(
    "rendering",
    metadata,
    Column("screen_id", Text, primary_key=True),
    Column("occurred_at", AT, primary_key=True),
    Column("text_no", Integer, primary_key=True, autoincrement=False),
    text("verified_by", nullable=True),
)
notice = Table(
    "notice",
    metadata,
    Column("member_no", Integer, nullable=False),
    Column("occurred_at", AT, nullable=False),
    text("kind"),
    text("client_id", nullable=True),
)
