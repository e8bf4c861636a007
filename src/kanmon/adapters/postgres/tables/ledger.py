"""The ledger: entries, what they commit to, the tiles of their tree, signed checkpoints."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table

from kanmon.adapters.postgres.tables.base import AT, metadata, text

ledger_entry = Table(
    "ledger_entry",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    text("type"),
    Column("entered_at", AT, nullable=False),
    Column("commitment", LargeBinary, nullable=False),
)
ledger_secret = Table(
    "ledger_secret",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    text("payload"),
    Column("key", LargeBinary, nullable=False),
)
ledger_tile = Table(
    "ledger_tile",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)
ledger_checkpoint = Table(
    "ledger_checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    text("note"),
    Column("signed_at", AT, nullable=False),
)
