"""Accounts that are made and bound stand among what was done to accounts; keys may be for one client alone."""

from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    """Let these two acts be noted, and a key name its client."""
    op.execute("ALTER TABLE account_act DROP CONSTRAINT account_act_act_check")
    op.execute(
        "ALTER TABLE account_act ADD CONSTRAINT account_act_act_check"
        " CHECK (act IN ('add', 'bind', 'close', 'reset', 'end_sessions'))"
    )
    op.execute("ALTER TABLE api_key ADD client_id text")
