"""Answers by which somebody withdraws once more say the first act, and the gate is told of a revision's steps."""

from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Let only withdrawals share an act, which the index finds as before; have the gate read steps anew."""
    op.execute("ALTER TABLE consent_answer DROP CONSTRAINT consent_answer_consent_no_key")
    op.execute("CREATE INDEX ON consent_answer (consent_no)")
    op.execute("CREATE UNIQUE INDEX ON consent_answer (consent_no) WHERE action <> 'withdraw'")
    op.execute(
        "CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR UPDATE OR DELETE ON revision_step "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms()"
    )
    op.execute("ALTER TABLE revision_step ENABLE ALWAYS TRIGGER tell_gate")
