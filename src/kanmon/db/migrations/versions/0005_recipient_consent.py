"""Consents that a recipient obtained, what rests on them (Art. 31); and members' telephone numbers."""

from alembic import op

revision = "0005"
down_revision = "0004"

CONFIRMED = """
CREATE TABLE recipient_consent (
    applicant_no int PRIMARY KEY,
    client_id text NOT NULL,
    confirmed_at timestamptz NOT NULL,
    method text NOT NULL,
    obtained_at timestamptz,
    covers_training boolean,
    withdrawn_at timestamptz,
    FOREIGN KEY (client_id, applicant_no) REFERENCES applicant (client_id, applicant_no)
);
ALTER TABLE member ADD phone text;
ALTER TABLE gate_decision ADD confirmed_at timestamptz;
ALTER TABLE gate_decision DROP CONSTRAINT gate_decision_check;
ALTER TABLE gate_decision ADD CONSTRAINT allowed_on_evidence
    CHECK (NOT allowed OR (num_nonnulls(consent_no, confirmed_at) > 0 AND reasons = '{}'));
ALTER TABLE score ADD confirmed_at timestamptz;
ALTER TABLE score DROP CONSTRAINT score_check1;
ALTER TABLE score ADD CONSTRAINT computed_on_evidence
    CHECK (value IS NULL OR (model_id IS NOT NULL AND num_nonnulls(consent_no, confirmed_at) > 0));
ALTER TABLE provision_record ADD confirmed_at timestamptz;
ALTER TABLE provision_record ADD confirmation_method text;
ALTER TABLE provision_record ALTER member_no DROP NOT NULL;
ALTER TABLE provision_record ALTER consent_no DROP NOT NULL;
ALTER TABLE provision_record ADD CONSTRAINT provided_on_evidence
    CHECK (num_nonnulls(member_no, consent_no) IN (0, 2) AND num_nonnulls(consent_no, confirmed_at) > 0
        AND num_nonnulls(confirmed_at, confirmation_method) IN (0, 2));
"""
OWN = "client_id = current_setting('kanmon.client', true)"


def upgrade() -> None:
    """Add them; a client sees its own confirmations only."""
    op.execute(CONFIRMED)
    op.execute("ALTER TABLE recipient_consent ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE recipient_consent FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_client ON recipient_consent USING ({OWN}) WITH CHECK ({OWN})")
    op.execute("GRANT SELECT, INSERT, UPDATE ON recipient_consent TO kanmon_app")
