"""Incidents: what is known of each and since when, and whom it affects."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, LargeBinary, Table, Text

from kanmon.db.tables.base import AT, JSON, metadata, text

incident = Table(
    "incident",
    metadata,
    Column("incident_id", Text, primary_key=True),
    text("class"),
    text("title"),
    text("season_id", nullable=True),
    text("client_id", nullable=True),
    text("screen_id", nullable=True),
    text("policy_version", nullable=True),
    Column("since", AT, nullable=False),
    Column("until", AT),
    Column("known_at", AT, nullable=False),
    Column("opened_at", AT, nullable=False),
    Column("real_at", AT, nullable=False),
    text("opened_by"),
    Column("is_sensitive", Boolean, nullable=False),
    Column("is_property", Boolean, nullable=False),
    Column("is_wrongful", Boolean, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
    Column("set_sha256", LargeBinary),
    Column("computed_at", AT),
    Column("closed_at", AT),
)
incident_fact = Table(
    "incident_fact",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("fact_no", Integer, primary_key=True, autoincrement=False),
    text("kind"),
    Column("at", AT, nullable=False),
    Column("real_at", AT, nullable=False),
    text("by"),
    Column("body", JSON, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
)
incident_affected = Table(
    "incident_affected",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("member_no", Integer, primary_key=True, autoincrement=False),
    Column("client_id", Text, primary_key=True),
    text("season_id"),
    text("reason"),
    Column("first_provided_at", AT, nullable=False),
    Column("provisions", Integer, nullable=False),
)
incident_affected_stub = Table(
    "incident_affected_stub",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("code_sha256", LargeBinary, primary_key=True),
    Column("client_name", Text, primary_key=True),
    Column("is_certain", Boolean, nullable=False),
    text("reason", nullable=True),
    Column("first_provided_at", AT),
    Column("provisions", Integer, nullable=False),
)
authority_matter = Table(
    "authority_matter",
    metadata,
    Column("matter_id", Text, primary_key=True),
    text("kind"),
    text("authority"),
    text("title"),
    text("reference"),
    Column("received_on", Date, nullable=False),
    Column("due_on", Date),
    Column("opened_at", AT, nullable=False),
    Column("real_at", AT, nullable=False),
    text("opened_by"),
    text("reason"),
    Column("ledger_seq", BigInteger, nullable=False),
)
authority_matter_step = Table(
    "authority_matter_step",
    metadata,
    Column("matter_id", Text, primary_key=True),
    Column("step_no", Integer, primary_key=True, autoincrement=False),
    text("kind"),
    Column("at", AT, nullable=False),
    Column("real_at", AT, nullable=False),
    text("by"),
    text("reason"),
    Column("body", JSON, nullable=False),
    Column("content", LargeBinary),
    Column("ledger_seq", BigInteger, nullable=False),
)
