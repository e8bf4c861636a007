"""The stage first handed over of each applicant, which its lock is bound to, and every stage that moved afterwards."""

from alembic import op

revision = "0034"
down_revision = "0033"

# Whatever way a row comes in, the first stage that is named for it stays bound. The ledger commits to each move under
# its salt; an erasure takes the row, and with the salt whatever the entry meant.
STAGES = """
ALTER TABLE applicant ADD bound_stage text;
ALTER TABLE applicant NO FORCE ROW LEVEL SECURITY;
UPDATE applicant SET bound_stage = nullif(stage, '');
ALTER TABLE applicant FORCE ROW LEVEL SECURITY;
CREATE TABLE stage_move (
    move_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id text NOT NULL,
    applicant_no int NOT NULL,
    moved_from text,
    moved_to text,
    moved_at timestamptz NOT NULL,
    salt uuid NOT NULL,
    ledger_seq bigint,
    FOREIGN KEY (client_id, applicant_no) REFERENCES applicant (client_id, applicant_no) ON DELETE CASCADE
);
CREATE INDEX ON stage_move (client_id, applicant_no);
CREATE INDEX ON stage_move (client_id, move_no) WHERE ledger_seq IS NULL;
CREATE FUNCTION bind_stage() RETURNS trigger LANGUAGE plpgsql SET search_path = kanmon, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.bound_stage := nullif(NEW.stage, '');
    ELSIF EXISTS (SELECT FROM erased_applicant e WHERE e.applicant_no = NEW.applicant_no) THEN
        NEW.bound_stage := NULL;
    ELSE
        NEW.bound_stage := coalesce(OLD.bound_stage, nullif(NEW.stage, ''));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bind_stage BEFORE INSERT OR UPDATE OF stage, bound_stage ON applicant
    FOR EACH ROW EXECUTE FUNCTION bind_stage();
ALTER TABLE applicant ENABLE ALWAYS TRIGGER bind_stage;
CREATE FUNCTION note_stage_move() RETURNS trigger LANGUAGE plpgsql SET search_path = kanmon, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM erased_applicant e WHERE e.applicant_no = NEW.applicant_no) THEN
        DELETE FROM stage_move WHERE applicant_no = NEW.applicant_no;
    ELSE
        INSERT INTO stage_move (client_id, applicant_no, moved_from, moved_to, moved_at, salt)
        VALUES (NEW.client_id, NEW.applicant_no, OLD.stage, NEW.stage, clock_timestamp(), gen_random_uuid());
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note_stage_move AFTER UPDATE OF stage ON applicant
    FOR EACH ROW WHEN (OLD.bound_stage IS NOT NULL AND OLD.stage IS DISTINCT FROM NEW.stage)
    EXECUTE FUNCTION note_stage_move();
ALTER TABLE applicant ENABLE ALWAYS TRIGGER note_stage_move;
CREATE FUNCTION allow_entering_move_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ledger_seq IS NULL AND NEW.ledger_seq IS NOT NULL THEN
        OLD.ledger_seq := NEW.ledger_seq;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table stage_move is append-only: only ledger_seq may be set, once'
        USING ERRCODE = 'restrict_violation';
END $$;
"""


def upgrade() -> None:
    """Bind every row to the stage that it has now; what moves from here on is noted, and can't be changed."""
    op.execute(STAGES)
    guard("stage_move", "UPDATE", "ROW", "allow_entering_move_once")
    guard("stage_move", "TRUNCATE", "STATEMENT", "refuse_change")
    isolate("stage_move")
    op.execute("GRANT SELECT, INSERT ON stage_move TO kanmon_app")
    op.execute("GRANT UPDATE (ledger_seq) ON stage_move TO kanmon_app")


def guard(table: str, change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def isolate(table: str) -> None:
    """Show and take only rows of the client that the transaction acts for, from the table's owner too."""
    is_own = "client_id = current_setting('kanmon.client', true)"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_client ON {table} USING ({is_own}) WITH CHECK ({is_own})")
