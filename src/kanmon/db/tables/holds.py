"""People on hold, because something that may end a consent could not be read."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Integer, LargeBinary, Table

from kanmon.db.tables.base import AT, metadata, text

consent_hold = Table(
    "consent_hold",
    metadata,
    Column("hold_no", BigInteger, Identity(always=True), primary_key=True),
    Column("row_sha256", LargeBinary, nullable=False),
    Column("member_no", Integer),
    Column("applicant_no", Integer),
    text("client_id", nullable=True),
    text("dataset"),
    text("source"),
    text("file_sha256"),
    Column("line", BigInteger),
    text("written"),
    text("at_column"),
    text("fault"),
    text("named", nullable=True),
    text("action", nullable=True),
    Column("moment", AT),
    text("screen_id", nullable=True),
    text("text_sha256", nullable=True),
    Column("is_client_read", Boolean, nullable=False),
    Column("after_no", BigInteger, nullable=False),
    Column("held_at", AT, nullable=False),
    Column("real_at", AT, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
    Column("ended_at", AT),
    Column("ended_real_at", AT),
    text("ended_by", nullable=True),
    text("because", nullable=True),
    Column("consent_no", BigInteger),
    Column("end_seq", BigInteger),
)
