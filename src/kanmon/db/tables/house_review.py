"""Reviews of releases, and what legal considered."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Integer, Table

from kanmon.db.tables.base import AT, JSON, metadata, text

release_step = Table(
    "release_step",
    metadata,
    Column("step_no", BigInteger, Identity(always=True), primary_key=True),
    text("release_id"),
    text("act"),
    text("viewpoint", nullable=True),
    Column("account_no", Integer, nullable=False),
    text("role"),
    text("person"),
    Column("acted_at", AT, nullable=False),
    Column("real_at", AT, nullable=False),
    text("content_sha256"),
    Column("is_research", Boolean, nullable=False),
    Column("passes", Boolean, nullable=False),
    Column("words", JSON, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
)
legal_assessment = Table(
    "legal_assessment",
    metadata,
    Column("assessment_no", Integer, primary_key=True, autoincrement=False),
    Column("version_no", Integer, primary_key=True, autoincrement=False),
    text("kind"),
    text("judged"),
    text("question"),
    text("analysis"),
    text("conclusion"),
    text("sources"),
    text("party"),
    Column("account_no", Integer, nullable=False),
    text("person"),
    Column("assessed_at", AT, nullable=False),
    Column("real_at", AT, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
)
