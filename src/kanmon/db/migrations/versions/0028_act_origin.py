"""Where each act of consent came from, and a seal over the acts of each member.

An act came with a load, whose entry says how many, or by itself, with an entry of its own. Acts from before are taken
for what the newest load of consents brought, or for what has an entry; they have no seal, so none opens anything.
"""

from alembic import op

revision = "0028"
down_revision = "0027"

ORIGIN = """
ALTER TABLE consent_act ADD load_id int, ADD entry_seq bigint;
ALTER TABLE consent_act DISABLE TRIGGER guard_update_or_delete;
UPDATE consent_act a SET entry_seq = e.ledger_seq
FROM consent_entry e JOIN consent_answer USING (consent_no) WHERE e.consent_no = a.consent_no;
UPDATE consent_act a SET entry_seq = e.ledger_seq
FROM consent_entry e WHERE e.consent_no = a.consent_no AND a.action = 'withdraw' AND a.entry_seq IS NULL;
UPDATE consent_act SET load_id = coalesce((SELECT max(load_id) FROM load WHERE dataset = 'consents'), 0)
WHERE entry_seq IS NULL;
ALTER TABLE consent_act ENABLE ALWAYS TRIGGER guard_update_or_delete;
ALTER TABLE consent_act ADD CONSTRAINT came_from_somewhere CHECK (num_nonnulls(load_id, entry_seq) = 1);
CREATE UNIQUE INDEX ON consent_act (entry_seq) WHERE entry_seq IS NOT NULL;
CREATE INDEX ON ledger_entry (type, seq);
CREATE FUNCTION require_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = kanmon, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_entry WHERE seq = NEW.entry_seq AND type IN ('consent', 'withdrawal')) THEN
        RAISE EXCEPTION 'an act of consent needs an entry of its own in the ledger: there is no entry %', NEW.entry_seq
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER require_entry BEFORE INSERT ON consent_act
    FOR EACH ROW WHEN (NEW.entry_seq IS NOT NULL) EXECUTE FUNCTION require_entry();
ALTER TABLE consent_act ENABLE ALWAYS TRIGGER require_entry;
CREATE TABLE consent_seal (
    member_no int PRIMARY KEY,
    numbers bigint[] NOT NULL,
    seal bytea NOT NULL
);
"""


def upgrade() -> None:
    """Add the columns and the table, and give the app its rights."""
    op.execute(ORIGIN)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON consent_seal TO kanmon_app")
    op.execute("GRANT USAGE ON SEQUENCE load_load_id_seq TO kanmon_app")
