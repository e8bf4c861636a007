"""Revisions of policies, and what the screens were seen to show."""

from sqlalchemy import BigInteger, Boolean, Column, Double, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from kanmon.db.tables.base import AT, JSON, metadata, text

revision = Table(
    "revision",
    metadata,
    Column("revision_no", Integer, Identity(always=True), primary_key=True),
    text("policy_id"),
    text("version_id"),
    Column("begun_at", AT, nullable=False),
)
revision_draft = Table(
    "revision_draft",
    metadata,
    Column("revision_no", Integer, primary_key=True, autoincrement=False),
    Column("draft_no", Integer, primary_key=True, autoincrement=False),
    Column("language", Text, primary_key=True),
    Column("effective_from", AT, nullable=False),
    text("text"),
    Column("clauses", JSON, nullable=False),
    Column("consent_valid_days", Integer),
    Column("unquoted", JSON, nullable=False),
    text("source"),
)
revision_step = Table(
    "revision_step",
    metadata,
    Column("step_no", BigInteger, Identity(always=True), primary_key=True),
    Column("revision_no", Integer, nullable=False),
    text("act"),
    text("state"),
    Column("account_no", Integer, nullable=False),
    text("person"),
    text("role"),
    Column("acted_at", AT, nullable=False),
    Column("real_at", AT, nullable=False),
    Column("details", JSON, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
)
coverage_run = Table(
    "coverage_run",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("seen_at", AT, nullable=False),
    Column("begun_at", AT, nullable=False),
    Column("is_round", Boolean, nullable=False),
    Column("is_whole", Boolean, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("seconds", Double, nullable=False),
)
coverage_finding = Table(
    "coverage_finding",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("screen_id", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    text("outcome"),
    text("expected_sha256", nullable=True),
    text("found_sha256", nullable=True),
    text("address", nullable=True),
    text("problem", nullable=True),
    text("version", nullable=True),
    Column("wrong", Integer, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("changes", JSON, nullable=False),
    Column("hidden", JSON, nullable=False),
    Column("pictures", ARRAY(Text), nullable=False),
    Column("views", JSON, nullable=False),
)
coverage_surface = Table(
    "coverage_surface",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    text("linked_from"),
    Column("policies", ARRAY(Text), nullable=False),
    Column("has_consent_form", Boolean, nullable=False),
    Column("visitor", JSON),
)
coverage_trial = Table(
    "coverage_trial",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("screen_id", Text, primary_key=True),
    text("verdict"),
    Column("detriments", ARRAY(Text), nullable=False),
)
consent_assessment = Table(
    "consent_assessment",
    metadata,
    Column("assessment_no", Integer, Identity(always=True), primary_key=True),
    text("class"),
    text("screen_id"),
    text("run_id"),
    Column("last_right_at", AT),
    Column("found_at", AT, nullable=False),
    Column("consent_nos", ARRAY(BigInteger), nullable=False),
    Column("opened_at", AT, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
)
rejudgement = Table(
    "rejudgement",
    metadata,
    Column("rejudgement_no", Integer, Identity(always=True), primary_key=True),
    Column("judged_at", AT, nullable=False),
    Column("since", AT, nullable=False),
    Column("until", AT, nullable=False),
    Column("clients", ARRAY(Text), nullable=False),
    Column("judged", BigInteger, nullable=False),
    Column("locked", BigInteger, nullable=False),
    Column("fallen", BigInteger, nullable=False),
    Column("faults", JSON, nullable=False),
    text("result_sha256"),
    Column("ledger_seq", BigInteger, nullable=False),
)
