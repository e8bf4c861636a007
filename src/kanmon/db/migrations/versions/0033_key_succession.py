"""How to find the checkpoints under which one key of the ledger succeeded another."""

from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Index the few notes that say so: every opening reads them."""
    op.execute("CREATE INDEX ON ledger_checkpoint (size) WHERE strpos(note, E'\\nsucceeds ') > 0")
