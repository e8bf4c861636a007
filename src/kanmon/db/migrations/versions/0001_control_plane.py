"""The control plane: terms, evidence of consent, applicants, models, decisions, scores, provisions."""

from alembic import op

revision = "0001"
down_revision = None

PERSONAL = """
    family_name text, given_name text, family_kana text, given_kana text, birth_date date, email text, university text
"""

TERMS = """
CREATE TABLE service (
    id boolean PRIMARY KEY CHECK (id),
    law_profile_id text NOT NULL,
    platform jsonb NOT NULL,
    release jsonb,
    loaded_at timestamptz NOT NULL
);
CREATE TABLE season (
    season_id text PRIMARY KEY,
    opens_at timestamptz NOT NULL,
    main_opens_at timestamptz,
    closes_at timestamptz NOT NULL
);
CREATE TABLE client (
    client_id text PRIMARY KEY CHECK (client_id <> ''),
    legal_name text NOT NULL,
    address text NOT NULL,
    representative text NOT NULL,
    contract jsonb NOT NULL,
    loaded_at timestamptz NOT NULL
);
CREATE TABLE policy_version (
    policy_id text,
    version_id text,
    language text,
    reading int DEFAULT 1,
    effective_from timestamptz NOT NULL,
    text text NOT NULL,
    text_sha256 text NOT NULL,
    clauses jsonb NOT NULL,
    consent_valid_days int,
    loaded_at timestamptz NOT NULL,
    PRIMARY KEY (policy_id, version_id, language, reading)
);
CREATE TABLE screen (
    screen_id text PRIMARY KEY,
    season_id text NOT NULL REFERENCES season,
    function text NOT NULL,
    url text,
    policy_id text NOT NULL,
    shown_from timestamptz,
    shown_to timestamptz
);
CREATE TABLE load (
    load_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    loaded_at timestamptz NOT NULL,
    file_name text NOT NULL,
    file_sha256 text NOT NULL,
    dataset text NOT NULL,
    rows_new bigint NOT NULL,
    rows_replaced bigint NOT NULL,
    rows_unchanged bigint NOT NULL,
    rows_refused bigint NOT NULL
);
"""

# The unique index is also the one the gate reads by: all it asks of an act lies in it, in the order it asks for.
# Evidence has few foreign keys: eight million look-ups at a load would check what the merge has just joined.
PEOPLE = f"""
CREATE TABLE member (
    member_no int PRIMARY KEY,
    member_id text NOT NULL UNIQUE,
    season_id text NOT NULL REFERENCES season,
    registered_at timestamptz NOT NULL,
    {PERSONAL}
);
CREATE TABLE displayed_text (
    text_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text_sha256 text NOT NULL UNIQUE
);
CREATE TABLE consent_act (
    consent_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_no int NOT NULL,
    occurred_at timestamptz NOT NULL,
    screen_id text NOT NULL,
    text_no int NOT NULL,
    action text NOT NULL CHECK (action IN ('accept', 'refuse', 'withdraw')),
    client_id text,
    refusable boolean,
    revision int NOT NULL DEFAULT 0,
    UNIQUE NULLS NOT DISTINCT (member_no, occurred_at, screen_id, text_no, action, client_id, revision)
        INCLUDE (consent_no, refusable)
);
CREATE TABLE consent_correction (
    old_no bigint PRIMARY KEY REFERENCES consent_act,
    new_no bigint NOT NULL UNIQUE REFERENCES consent_act,
    CHECK (old_no <> new_no)
);
CREATE TABLE rendering (
    screen_id text REFERENCES screen,
    occurred_at timestamptz,
    text_no int REFERENCES displayed_text,
    verified_by text,
    PRIMARY KEY (screen_id, occurred_at, text_no)
);
CREATE TABLE notice (
    member_no int NOT NULL REFERENCES member,
    occurred_at timestamptz NOT NULL,
    kind text NOT NULL,
    client_id text REFERENCES client,
    UNIQUE NULLS NOT DISTINCT (member_no, occurred_at, kind, client_id)
);
"""

# Keys across tables of a tenant carry the tenant: a row can't hang on another client's applicant.
APPLICANTS = f"""
CREATE TABLE applicant (
    applicant_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id text NOT NULL REFERENCES client,
    season_id text NOT NULL REFERENCES season,
    applicant_id text NOT NULL,
    position int NOT NULL,
    applied_at timestamptz NOT NULL,
    as_of timestamptz NOT NULL,
    stage text,
    member_no int REFERENCES member,
    cookie_id text,
    {PERSONAL},
    UNIQUE (client_id, applicant_id, season_id),
    UNIQUE (client_id, applicant_no)
);
CREATE INDEX ON applicant (member_no);
CREATE TABLE outcome (
    applicant_no int PRIMARY KEY,
    client_id text NOT NULL,
    outcome text NOT NULL,
    outcome_at timestamptz NOT NULL,
    FOREIGN KEY (client_id, applicant_no) REFERENCES applicant (client_id, applicant_no)
);
CREATE TABLE client_decision (
    applicant_no int,
    client_id text NOT NULL,
    stage text,
    decision text NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (applicant_no, stage),
    FOREIGN KEY (client_id, applicant_no) REFERENCES applicant (client_id, applicant_no)
);
"""

WORK = """
CREATE TABLE run (
    run_id text PRIMARY KEY,
    command text NOT NULL,
    acted_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    is_replay boolean NOT NULL,
    finished_at timestamptz,
    state text NOT NULL
);
CREATE TABLE prediction_model (
    model_id text PRIMARY KEY,
    client_id text NOT NULL REFERENCES client,
    version int NOT NULL,
    season_id text NOT NULL REFERENCES season,
    run_id text NOT NULL REFERENCES run,
    trained_at timestamptz NOT NULL,
    acted_at timestamptz NOT NULL,
    artefact bytea,
    card jsonb NOT NULL,
    sha256 text NOT NULL,
    UNIQUE (client_id, version),
    UNIQUE (client_id, model_id)
);
CREATE TABLE model_approval (
    model_id text NOT NULL,
    client_id text NOT NULL,
    approved_by text NOT NULL,
    because text NOT NULL,
    approved_at timestamptz NOT NULL,
    FOREIGN KEY (client_id, model_id) REFERENCES prediction_model (client_id, model_id)
);
CREATE TABLE gate_decision (
    decision_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id text NOT NULL,
    client_id text NOT NULL,
    applicant_no int NOT NULL,
    use text NOT NULL,
    decided_at timestamptz NOT NULL,
    allowed boolean NOT NULL,
    reasons text[] NOT NULL,
    elements text[] NOT NULL,
    consent_no bigint,
    law_profile_id text NOT NULL,
    CHECK (NOT allowed OR (consent_no IS NOT NULL AND reasons = '{}'))
);
CREATE INDEX ON gate_decision (client_id, applicant_no);
CREATE TABLE score (
    score_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id text NOT NULL,
    client_id text NOT NULL,
    applicant_no int NOT NULL,
    model_id text,
    value int CHECK (value BETWEEN 0 AND 10000),
    not_scorable text,
    computed_at timestamptz NOT NULL,
    consent_no bigint,
    contributions jsonb,
    CHECK (num_nonnulls(value, not_scorable) = 1),
    CHECK (value IS NULL OR num_nulls(model_id, consent_no) = 0)
);
CREATE INDEX ON score (client_id, applicant_no, computed_at DESC, score_no DESC);
CREATE TABLE provision (
    provision_id text PRIMARY KEY,
    run_id text NOT NULL REFERENCES run,
    client_id text NOT NULL REFERENCES client,
    season_id text NOT NULL REFERENCES season,
    acted_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    is_replay boolean NOT NULL,
    content_sha256 text NOT NULL,
    law_profile_id text NOT NULL,
    model_id text,
    recipient jsonb NOT NULL,
    report jsonb NOT NULL,
    handed_over_at timestamptz,
    UNIQUE (client_id, provision_id)
);
CREATE TABLE provision_record (
    record_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provision_id text NOT NULL,
    client_id text NOT NULL,
    applicant_no int NOT NULL,
    member_no int NOT NULL,
    consent_no bigint NOT NULL,
    items text[] NOT NULL,
    score_no bigint NOT NULL,
    provided_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    retain_until date NOT NULL,
    method text NOT NULL,
    FOREIGN KEY (client_id, provision_id) REFERENCES provision (client_id, provision_id)
);
CREATE INDEX ON provision_record (client_id, applicant_no);
CREATE INDEX ON provision_record (member_no);
"""

GUARDS = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION allow_handing_over_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.handed_over_at IS NULL AND NEW.handed_over_at IS NOT NULL THEN
        OLD.handed_over_at := NEW.handed_over_at;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table provision is append-only: only handed_over_at may be set, once'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION gather_statistics(loaded regclass) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kanmon, pg_temp AS $$
BEGIN
    EXECUTE format('ANALYZE %s', loaded);
END $$;
COMMENT ON FUNCTION gather_statistics IS 'Fresh statistics after a load, which only the owner of a table may gather.';
"""

CHANGEABLE = (
    "service", "season", "client", "screen", "member", "rendering", "applicant", "outcome", "client_decision", "run",
)  # fmt: skip
GROWING = ("displayed_text", "notice", "load")
APPEND_ONLY = (
    "policy_version", "consent_act", "consent_correction", "prediction_model", "model_approval", "gate_decision",
    "score", "provision_record",
)  # fmt: skip
BY_CLIENT = (
    "applicant", "outcome", "client_decision", "prediction_model", "model_approval", "gate_decision", "score",
    "provision", "provision_record",
)  # fmt: skip


def upgrade() -> None:
    """Create all tables, their guards, the isolation of clients and the app's rights."""
    for statements in (TERMS, PEOPLE, APPLICANTS, WORK, GUARDS):
        op.execute(statements)
    for table in APPEND_ONLY:
        guard(table, "UPDATE OR DELETE", "ROW", "refuse_change")
        guard(table, "TRUNCATE", "STATEMENT", "refuse_change")
    guard("provision", "UPDATE", "ROW", "allow_handing_over_once")
    guard("provision", "DELETE", "ROW", "refuse_change")
    guard("provision", "TRUNCATE", "STATEMENT", "refuse_change")
    for table in BY_CLIENT:
        isolate(table)
    op.execute("REVOKE ALL ON FUNCTION gather_statistics FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION gather_statistics TO kanmon_app")
    op.execute("GRANT USAGE ON SCHEMA kanmon TO kanmon_app")
    op.execute("GRANT SELECT ON alembic_version TO kanmon_app")
    op.execute(f"GRANT SELECT, INSERT ON {', '.join((*CHANGEABLE, *GROWING, *APPEND_ONLY, 'provision'))} TO kanmon_app")
    op.execute(f"GRANT UPDATE ON {', '.join(CHANGEABLE)} TO kanmon_app")
    op.execute("GRANT UPDATE (handed_over_at) ON provision TO kanmon_app")


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
