"""Letters: to whom, in which words, and what became of handing each over."""

from sqlalchemy import BigInteger, Column, Identity, Integer, Table

from kanmon.db.tables.base import AT, JSON, metadata, text

mail = Table(
    "mail",
    metadata,
    Column("mail_no", BigInteger, Identity(always=True), primary_key=True),
    text("incident_id"),
    Column("member_no", Integer, nullable=False),
    text("address", nullable=True),
    text("subject"),
    text("body"),
    Column("written_at", AT, nullable=False),
    Column("real_at", AT, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
    Column("begun_at", AT),
    Column("ended_at", AT),
    text("outcome", nullable=True),
    text("said", nullable=True),
    Column("waits_until", AT),
    Column("read_at", AT),
    Column("settlements", JSON, nullable=False, server_default="[]"),
)
