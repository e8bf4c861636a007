"""The ledger: entries, what they commit to, the tiles of their tree, signed checkpoints."""

from alembic import op

revision = "0002"
down_revision = "0001"

# Of these, `ledger_secret` alone holds personal data: it is what erasure deletes from.
TABLES = """
CREATE TABLE ledger_entry (
    seq bigint PRIMARY KEY CHECK (seq >= 0),
    type text NOT NULL,
    entered_at timestamptz NOT NULL,
    commitment bytea NOT NULL CHECK (length(commitment) = 32)
);
CREATE TABLE ledger_secret (
    seq bigint PRIMARY KEY,
    payload text NOT NULL,
    key bytea NOT NULL
);
CREATE TABLE ledger_tile (
    level int CHECK (level >= 0),
    index bigint CHECK (index >= 0),
    hashes bytea NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
    PRIMARY KEY (level, index)
);
ALTER TABLE ledger_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;
CREATE TABLE ledger_checkpoint (
    size bigint PRIMARY KEY CHECK (size >= 0),
    note text NOT NULL,
    signed_at timestamptz NOT NULL
);
CREATE FUNCTION allow_growing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.level, NEW.index) = (OLD.level, OLD.index) AND length(NEW.hashes) > length(OLD.hashes)
        AND substring(NEW.hashes FOR length(OLD.hashes)) = OLD.hashes THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'table ledger_tile is append-only: a tile only grows' USING ERRCODE = 'restrict_violation';
END $$;
"""


def upgrade() -> None:
    """Create the tables, their guards and the app's rights."""
    op.execute(TABLES)
    for table in ("ledger_entry", "ledger_checkpoint"):
        guard(table, "UPDATE OR DELETE", "ROW", "refuse_change")
    guard("ledger_secret", "UPDATE", "ROW", "refuse_change")
    guard("ledger_tile", "UPDATE", "ROW", "allow_growing")
    guard("ledger_tile", "DELETE", "ROW", "refuse_change")
    for table in ("ledger_entry", "ledger_checkpoint", "ledger_secret", "ledger_tile"):
        guard(table, "TRUNCATE", "STATEMENT", "refuse_change")
    op.execute("GRANT SELECT, INSERT ON ledger_entry, ledger_secret, ledger_tile, ledger_checkpoint TO kanmon_app")
    op.execute("GRANT DELETE ON ledger_secret TO kanmon_app")
    op.execute("GRANT UPDATE (hashes) ON ledger_tile TO kanmon_app")


def guard(table: str, change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
