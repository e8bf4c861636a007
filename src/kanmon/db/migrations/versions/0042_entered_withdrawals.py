"""Finds the withdrawals and objections that the ledger has of a person without reading the ledger."""

from alembic import op

revision = "0042"
down_revision = "0041"

CONDITIONS = {
    "withdrawal_of_member": """starts_with(payload, '{"action":"withdraw"')""",
    "objection_of_member": """right(payload, 19) = '"type":"objection"}'""",
}


def upgrade() -> None:
    """Add the indexes, by what entries of either begin or end with."""
    for name, condition in CONDITIONS.items():
        op.execute(f"CREATE INDEX {name} ON ledger_secret ((CAST(payload AS jsonb) ->> 'member_id')) WHERE {condition}")
