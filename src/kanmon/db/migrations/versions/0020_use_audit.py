"""What a client decided, act by act; the plan of a use audit, whom it watches, and what each look found."""

from alembic import op

revision = "0020"
down_revision = "0019"

# Whatever way a decision comes in, the first is a commitment and every other a change of it. The ledger commits to each
# under its salt; an erasure takes the row, and with the salt whatever the entry meant.
ACTS = """
CREATE TABLE decision_act (
    act_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id text NOT NULL,
    applicant_no int NOT NULL,
    stage text NOT NULL,
    decision text NOT NULL,
    decided_at timestamptz NOT NULL,
    changes text,
    recorded_at timestamptz NOT NULL,
    salt uuid NOT NULL,
    ledger_seq bigint,
    FOREIGN KEY (applicant_no, stage) REFERENCES client_decision ON DELETE CASCADE
);
CREATE INDEX ON decision_act (applicant_no, stage, act_no);
CREATE INDEX ON decision_act (client_id, act_no) WHERE ledger_seq IS NULL;
ALTER TABLE client_decision NO FORCE ROW LEVEL SECURITY;
INSERT INTO decision_act (client_id, applicant_no, stage, decision, decided_at, recorded_at, salt)
    SELECT client_id, applicant_no, stage, decision, decided_at, clock_timestamp(), gen_random_uuid()
    FROM client_decision;
ALTER TABLE client_decision FORCE ROW LEVEL SECURITY;
CREATE FUNCTION note_decision() RETURNS trigger LANGUAGE plpgsql SET search_path = kanmon, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR (OLD.decision, OLD.decided_at) IS DISTINCT FROM (NEW.decision, NEW.decided_at) THEN
        INSERT INTO decision_act
            (client_id, applicant_no, stage, decision, decided_at, changes, recorded_at, salt)
        VALUES (
            NEW.client_id, NEW.applicant_no, NEW.stage, NEW.decision, NEW.decided_at,
            CASE WHEN TG_OP = 'UPDATE' THEN OLD.decision END, clock_timestamp(), gen_random_uuid()
        );
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note_decision AFTER INSERT OR UPDATE ON client_decision
    FOR EACH ROW EXECUTE FUNCTION note_decision();
ALTER TABLE client_decision ENABLE ALWAYS TRIGGER note_decision;
CREATE FUNCTION allow_entering_decision_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ledger_seq IS NULL AND NEW.ledger_seq IS NOT NULL THEN
        OLD.ledger_seq := NEW.ledger_seq;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table decision_act is append-only: only ledger_seq may be set, once'
        USING ERRCODE = 'restrict_violation';
END $$;
"""

# Of each applicant just the first time: whoever read a score once can't be watched reading it for the first time again.
AUDIT = """
CREATE TABLE use_audit_plan (
    client_id text NOT NULL REFERENCES client,
    season_id text NOT NULL REFERENCES season,
    plan jsonb NOT NULL,
    seed bytea NOT NULL CHECK (length(seed) = 32),
    registered_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    PRIMARY KEY (client_id, season_id)
);
CREATE TABLE audited_applicant (
    applicant_no int PRIMARY KEY,
    client_id text NOT NULL,
    season_id text NOT NULL,
    stage text,
    is_withheld boolean NOT NULL,
    score_no bigint NOT NULL REFERENCES score (score_no) ON DELETE CASCADE,
    watched_at timestamptz NOT NULL
);
CREATE INDEX ON audited_applicant (client_id);
CREATE INDEX ON audited_applicant (score_no);
CREATE TABLE use_audit_look (
    look_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id text NOT NULL REFERENCES client,
    season_id text NOT NULL REFERENCES season,
    stage text NOT NULL,
    looked_at timestamptz NOT NULL,
    readable int NOT NULL,
    withheld int NOT NULL,
    p double precision,
    power double precision,
    verdict text NOT NULL,
    ledger_seq bigint NOT NULL
);
CREATE INDEX ON use_audit_look (client_id, season_id, stage);
"""
TABLES = ("decision_act", "use_audit_plan", "audited_applicant", "use_audit_look")


def upgrade() -> None:
    """Add them with the isolation of clients and the app's rights; none can be changed or deleted by the app."""
    op.execute(ACTS)
    op.execute(AUDIT)
    guard("decision_act", "UPDATE", "ROW", "allow_entering_decision_once")
    for table in ("use_audit_plan", "use_audit_look"):
        guard(table, "UPDATE OR DELETE", "ROW", "refuse_change")
    for table in TABLES:
        guard(table, "TRUNCATE", "STATEMENT", "refuse_change")
        isolate(table)
    op.execute(f"GRANT SELECT, INSERT ON {', '.join(TABLES)} TO kanmon_app")
    op.execute("GRANT UPDATE (ledger_seq) ON decision_act TO kanmon_app")


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
