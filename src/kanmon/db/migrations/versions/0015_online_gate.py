"""Questions to the gate that are answered at once: what keys may do, who asked what, and when terms change."""

from alembic import op

revision = "0015"
down_revision = "0014"

# A question holds the numbers of its answers, so that they are found without another index on every decision.
QUESTION = """
CREATE TABLE gate_question (
    question_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id text NOT NULL,
    client_id text NOT NULL,
    use text NOT NULL,
    asked_at timestamptz NOT NULL,
    law_profile_id text NOT NULL,
    key_no int NOT NULL,
    decisions bigint[] NOT NULL,
    ledger_seq bigint REFERENCES ledger_entry
);
CREATE INDEX ON gate_question (client_id, question_no) WHERE ledger_seq IS NULL;
CREATE FUNCTION allow_entering_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ledger_seq IS NULL AND NEW.ledger_seq IS NOT NULL THEN
        OLD.ledger_seq := NEW.ledger_seq;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table gate_question is append-only: only ledger_seq may be set, once'
        USING ERRCODE = 'restrict_violation';
END $$;
"""

# The version grows in the transaction that changes what the gate holds in memory, at its very end: nobody waits for a
# lock on it while holding another. Once a transaction is enough.
VERSION = """
CREATE TABLE terms_version (
    id boolean PRIMARY KEY CHECK (id),
    version bigint NOT NULL,
    changed_by bigint NOT NULL
);
INSERT INTO terms_version VALUES (true, 1, 0);
CREATE FUNCTION count_change_of_terms() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kanmon, pg_temp AS $$
BEGIN
    UPDATE terms_version SET version = version + 1, changed_by = pg_current_xact_id()::text::bigint
    WHERE changed_by <> pg_current_xact_id()::text::bigint;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION count_change_of_terms FROM PUBLIC;
"""
WATCHED = (
    "service", "season", "client", "policy_version", "displayed_text", "screen", "rendering", "receipt",
    "use_statement", "stop_act",
)  # fmt: skip


def upgrade() -> None:
    """Add them; keys made before are for events, as they always were."""
    op.execute("ALTER TABLE api_key ADD may text[] NOT NULL DEFAULT '{events}' CHECK (may <> '{}')")
    op.execute("CREATE INDEX ON notice (occurred_at) WHERE kind = 'scoring'")
    op.execute(QUESTION)
    op.execute(VERSION)
    guard("gate_question", "UPDATE", "ROW", "allow_entering_once")
    guard("gate_question", "DELETE", "ROW", "refuse_change")
    guard("gate_question", "TRUNCATE", "STATEMENT", "refuse_change")
    is_own = "client_id = current_setting('kanmon.client', true)"
    op.execute("ALTER TABLE gate_question ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE gate_question FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_client ON gate_question USING ({is_own}) WITH CHECK ({is_own})")
    for table in WATCHED:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER tell_gate")
    op.execute("GRANT SELECT, INSERT ON gate_question TO kanmon_app")
    op.execute("GRANT UPDATE (ledger_seq) ON gate_question TO kanmon_app")
    op.execute("GRANT SELECT ON terms_version TO kanmon_app")


def guard(table: str, change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
