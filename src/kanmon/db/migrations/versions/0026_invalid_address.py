"""A letter to what is no address ends as just that."""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Let a letter end so."""
    op.execute("ALTER TABLE mail DROP CONSTRAINT mail_outcome_check")
    op.execute(
        "ALTER TABLE mail ADD CONSTRAINT mail_outcome_check"
        " CHECK (outcome IN ('handed_over', 'refused', 'unreachable', 'invalid_address', 'in_doubt'))"
    )
