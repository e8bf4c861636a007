"""Words of an incident that were made public, as they were confirmed."""

from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Let a fact say so."""
    op.execute("ALTER TABLE incident_fact DROP CONSTRAINT incident_fact_kind_check")
    op.execute(
        "ALTER TABLE incident_fact ADD CONSTRAINT incident_fact_kind_check CHECK (kind IN ("
        "'estimate', 'criteria', 'set', 'report_preliminary', 'report_final', 'outline', 'items', 'cause', "
        "'secondary_damage', 'response', 'publication', 'prevention', 'other', 'notice', 'published', 'recall', "
        "'closed'))"
    )
