"""What was agreed and registered: the service, its clients, policies and screens, what was loaded, what was stopped."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Integer, Table, Text, func

from kanmon.db.tables.base import AT, JSON, metadata, text

service = Table(
    "service",
    metadata,
    Column("id", Boolean, primary_key=True),
    text("law_profile_id"),
    Column("platform", JSON, nullable=False),
    Column("release", JSON),
    Column("loaded_at", AT, nullable=False),
)
season = Table(
    "season",
    metadata,
    Column("season_id", Text, primary_key=True),
    Column("opens_at", AT, nullable=False),
    Column("main_opens_at", AT),
    Column("closes_at", AT, nullable=False),
)
client = Table(
    "client",
    metadata,
    Column("client_id", Text, primary_key=True),
    text("legal_name"),
    text("address"),
    text("representative"),
    Column("contract", JSON, nullable=False),
    Column("loaded_at", AT, nullable=False),
)
terms_version = Table(
    "terms_version",
    metadata,
    Column("id", Boolean, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("changed_by", BigInteger, nullable=False),
)
policy_version = Table(
    "policy_version",
    metadata,
    Column("policy_id", Text, primary_key=True),
    Column("version_id", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("reading", Integer, primary_key=True, autoincrement=False, server_default="1"),
    Column("effective_from", AT, nullable=False),
    text("text"),
    text("text_sha256"),
    Column("clauses", JSON, nullable=False),
    Column("consent_valid_days", Integer),
    Column("loaded_at", AT, nullable=False),
)
screen = Table(
    "screen",
    metadata,
    Column("screen_id", Text, primary_key=True),
    text("season_id"),
    text("function"),
    text("url", nullable=True),
    text("policy_id"),
    Column("shown_from", AT),
    Column("shown_to", AT),
)
load = Table(
    "load",
    metadata,
    Column("load_id", Integer, Identity(always=True), primary_key=True),
    Column("loaded_at", AT, nullable=False),
    text("file_name"),
    text("file_sha256"),
    text("dataset"),
    Column("rows_new", BigInteger, nullable=False),
    Column("rows_replaced", BigInteger, nullable=False),
    Column("rows_unchanged", BigInteger, nullable=False),
    Column("rows_refused", BigInteger, nullable=False),
)
stop_act = Table(
    "stop_act",
    metadata,
    Column("act_no", Integer, Identity(always=True), primary_key=True),
    text("action"),
    text("client_id", nullable=True),
    text("season_id", nullable=True),
    Column("acted_at", AT, nullable=False),
    Column("real_at", AT, nullable=False),
    text("person"),
    text("because"),
    Column("consents_doubted", Boolean, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
)
terms_reading = Table(
    "terms_reading",
    metadata,
    Column("reading_no", BigInteger, Identity(always=True), primary_key=True),
    text("of_table"),
    text("name"),
    Column("read_at", AT, nullable=False, server_default=func.clock_timestamp()),
    Column("content", JSON, nullable=False),
)
