"""The ledger: entries, what they commit to, the tiles of their tree, signed checkpoints, entries that were lost.

And the index of people: whose each entry is, and the pages of the tree over everybody; and what witnesses say.
"""

from sqlalchemy import BigInteger, Column, Identity, Integer, LargeBinary, Table, Text

from kanmon.db.tables.base import AT, metadata, text

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
ledger_person = Table(
    "ledger_person",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("label", LargeBinary, nullable=False),
    Column("before", BigInteger),
)
ledger_person_page = Table(
    "ledger_person_page",
    metadata,
    Column("name", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
bound_rows = Table(
    "bound_rows",
    metadata,
    text("kind"),
    text("batch"),
    Column("ledger_seq", BigInteger, primary_key=True, autoincrement=False),
)
ledger_checkpoint = Table(
    "ledger_checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    text("note"),
    Column("signed_at", AT, nullable=False),
)
lost_entries = Table(
    "lost_entries",
    metadata,
    Column("first_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("found_at", AT, nullable=False),
    Column("accepted_seq", BigInteger),
)
awaited_withdrawal = Table(
    "awaited_withdrawal",
    metadata,
    text("member_ref"),
    text("client_id", nullable=True),
    Column("lost_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("taken_at", AT),
)
witness_cosignature = Table(
    "witness_cosignature",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("witness", Text, primary_key=True),
    text("line"),
    Column("cosigned_at", AT, nullable=False),
)
witness_policy = Table(
    "witness_policy",
    metadata,
    Column("policy_no", BigInteger, Identity(always=True), primary_key=True),
    text("note", nullable=True),
    Column("stated_at", AT, nullable=False),
)
witness_answer = Table(
    "witness_answer",
    metadata,
    Column("witness", Text, primary_key=True),
    text("outcome"),
    Column("size", BigInteger, nullable=False),
    Column("asked_at", AT, nullable=False),
    Column("since", AT, nullable=False),
)
witness_conflict = Table(
    "witness_conflict",
    metadata,
    Column("witness", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    text("note", nullable=True),
    Column("found_at", AT, nullable=False),
)
