"""Answers by which somebody withdraws once more, which say the same act of consent as the first."""

from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Let only withdrawals share an act; the index finds the answers to an act as before."""
    op.execute("ALTER TABLE consent_answer DROP CONSTRAINT consent_answer_consent_no_key")
    op.execute("CREATE INDEX ON consent_answer (consent_no)")
    op.execute("CREATE UNIQUE INDEX ON consent_answer (consent_no) WHERE action <> 'withdraw'")
