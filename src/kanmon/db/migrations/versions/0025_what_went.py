"""Of those affected by an incident: how many deliveries went; none where something only would have gone."""

from alembic import op

revision = "0025"
down_revision = "0024"

# What would have gone was counted as provided until now. Nobody is taken out of a set: who was held stays held until
# they agree anew, but nobody is told any more that something went which did not.
STATEMENTS = """
ALTER TABLE incident_affected DROP CONSTRAINT incident_affected_provisions_check;
ALTER TABLE incident_affected ADD CHECK (provisions >= 0);
ALTER TABLE incident_affected_stub DROP CONSTRAINT incident_affected_stub_provisions_check;
ALTER TABLE incident_affected_stub ADD CHECK (provisions >= 0);
ALTER TABLE incident_affected DISABLE TRIGGER guard_update_or_delete;
ALTER TABLE incident_affected DISABLE TRIGGER tell_gate;
ALTER TABLE incident_affected_stub DISABLE TRIGGER guard_update_or_delete;
ALTER TABLE provision_record NO FORCE ROW LEVEL SECURITY;
ALTER TABLE applicant NO FORCE ROW LEVEL SECURITY;
UPDATE incident_affected affected SET provisions = 0
WHERE NOT EXISTS (
    SELECT FROM provision_record r JOIN applicant a USING (client_id, applicant_no)
    WHERE r.client_id = affected.client_id AND coalesce(r.member_no, a.member_no) = affected.member_no
);
UPDATE incident_affected_stub affected SET provisions = 0
WHERE is_certain AND NOT EXISTS (
    SELECT FROM notification_stub s CROSS JOIN jsonb_array_elements(s.answer) line
    WHERE s.code_sha256 = affected.code_sha256 AND line ->> 'client_name' = affected.client_name
      AND CAST(line ->> 'provided' AS int) > 0
);
ALTER TABLE applicant FORCE ROW LEVEL SECURITY;
ALTER TABLE provision_record FORCE ROW LEVEL SECURITY;
ALTER TABLE incident_affected_stub ENABLE ALWAYS TRIGGER guard_update_or_delete;
ALTER TABLE incident_affected ENABLE ALWAYS TRIGGER tell_gate;
ALTER TABLE incident_affected ENABLE ALWAYS TRIGGER guard_update_or_delete;
"""


def upgrade() -> None:
    """Let a set say that nothing went, and put right what was kept otherwise."""
    op.execute(STATEMENTS)
