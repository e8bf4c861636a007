-- Tables of review.

CREATE TABLE coverage_run (
    run_id text NOT NULL,
    seen_at timestamptz NOT NULL,
    begun_at timestamptz NOT NULL,
    is_round boolean NOT NULL,
    is_whole boolean NOT NULL,
    pages int NOT NULL,
    seconds double precision NOT NULL,
    CONSTRAINT coverage_run_pkey PRIMARY KEY (run_id)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON coverage_run FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE coverage_run ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON coverage_run FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE coverage_run ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE coverage_run TO kanmon_app;

CREATE TABLE consent_assessment (
    assessment_no int GENERATED ALWAYS AS IDENTITY,
    class text NOT NULL,
    screen_id text NOT NULL,
    run_id text NOT NULL,
    last_right_at timestamptz,
    found_at timestamptz NOT NULL,
    consent_nos bigint[] NOT NULL,
    opened_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT consent_assessment_class_check CHECK ((class = 'U'::text)),
    CONSTRAINT consent_assessment_pkey PRIMARY KEY (assessment_no),
    CONSTRAINT consent_assessment_run_id_fkey FOREIGN KEY (run_id) REFERENCES coverage_run(run_id)
);
CREATE UNIQUE INDEX consent_assessment_screen_id_coalesce_idx ON consent_assessment (screen_id, COALESCE(last_right_at, '-infinity'::timestamptz));
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON consent_assessment FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE consent_assessment ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON consent_assessment FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE consent_assessment ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE consent_assessment TO kanmon_app;

CREATE TABLE coverage_finding (
    run_id text NOT NULL,
    screen_id text NOT NULL,
    language text NOT NULL,
    outcome text NOT NULL,
    expected_sha256 text,
    found_sha256 text,
    address text,
    problem text,
    version text,
    wrong int NOT NULL,
    looks int NOT NULL,
    changes jsonb NOT NULL,
    hidden jsonb NOT NULL,
    pictures text[] NOT NULL,
    views jsonb NOT NULL,
    CONSTRAINT coverage_finding_pkey PRIMARY KEY (run_id, screen_id, language),
    CONSTRAINT coverage_finding_run_id_fkey FOREIGN KEY (run_id) REFERENCES coverage_run(run_id)
);
CREATE INDEX coverage_finding_screen_id_language_idx ON coverage_finding (screen_id, language);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON coverage_finding FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE coverage_finding ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON coverage_finding FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE coverage_finding ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE coverage_finding TO kanmon_app;

CREATE TABLE coverage_surface (
    run_id text NOT NULL,
    address text NOT NULL,
    linked_from text NOT NULL,
    policies text[] NOT NULL,
    has_consent_form boolean NOT NULL,
    visitor jsonb,
    CONSTRAINT coverage_surface_pkey PRIMARY KEY (run_id, address),
    CONSTRAINT coverage_surface_run_id_fkey FOREIGN KEY (run_id) REFERENCES coverage_run(run_id)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON coverage_surface FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE coverage_surface ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON coverage_surface FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE coverage_surface ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE coverage_surface TO kanmon_app;

CREATE TABLE coverage_trial (
    run_id text NOT NULL,
    screen_id text NOT NULL,
    verdict text NOT NULL,
    detriments text[] NOT NULL,
    CONSTRAINT coverage_trial_pkey PRIMARY KEY (run_id, screen_id),
    CONSTRAINT coverage_trial_run_id_fkey FOREIGN KEY (run_id) REFERENCES coverage_run(run_id)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON coverage_trial FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE coverage_trial ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON coverage_trial FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE coverage_trial ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE coverage_trial TO kanmon_app;

-- The platform's own, over all clients: counts and a hash. Whom it was about stands in no table.
CREATE TABLE rejudgement (
    rejudgement_no int GENERATED ALWAYS AS IDENTITY,
    judged_at timestamptz NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    clients text[] NOT NULL,
    judged bigint NOT NULL,
    locked bigint NOT NULL,
    fallen bigint NOT NULL,
    faults jsonb NOT NULL,
    result_sha256 text NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT rejudgement_ledger_seq_key UNIQUE (ledger_seq),
    CONSTRAINT rejudgement_pkey PRIMARY KEY (rejudgement_no),
    CONSTRAINT rejudgement_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON rejudgement FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE rejudgement ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON rejudgement FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE rejudgement ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE rejudgement TO kanmon_app;

-- The state of a revision is that of its last step: nothing is ever overwritten. A draft that is written again keeps
-- the one before. A version enters `policy_version` when its revision becomes active, and not before.
CREATE TABLE revision (
    revision_no int GENERATED ALWAYS AS IDENTITY,
    policy_id text NOT NULL,
    version_id text NOT NULL,
    begun_at timestamptz NOT NULL,
    CONSTRAINT revision_pkey PRIMARY KEY (revision_no)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON revision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE revision ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON revision FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE revision ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE revision TO kanmon_app;

CREATE TABLE revision_draft (
    revision_no int NOT NULL,
    draft_no int NOT NULL,
    language text NOT NULL,
    effective_from timestamptz NOT NULL,
    text text NOT NULL,
    clauses jsonb NOT NULL,
    consent_valid_days int,
    unquoted jsonb NOT NULL,
    source text NOT NULL,
    CONSTRAINT revision_draft_pkey PRIMARY KEY (revision_no, draft_no, language),
    CONSTRAINT revision_draft_revision_no_fkey FOREIGN KEY (revision_no) REFERENCES revision(revision_no)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON revision_draft FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE revision_draft ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON revision_draft FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE revision_draft ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE revision_draft TO kanmon_app;

CREATE TABLE revision_step (
    step_no bigint GENERATED ALWAYS AS IDENTITY,
    revision_no int NOT NULL,
    act text NOT NULL,
    state text NOT NULL,
    account_no int NOT NULL,
    person text NOT NULL,
    role text NOT NULL,
    acted_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    details jsonb NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT revision_step_person_check CHECK ((person <> ''::text)),
    CONSTRAINT revision_step_pkey PRIMARY KEY (step_no),
    CONSTRAINT revision_step_account_no_fkey FOREIGN KEY (account_no) REFERENCES account(account_no),
    CONSTRAINT revision_step_revision_no_fkey FOREIGN KEY (revision_no) REFERENCES revision(revision_no)
);
CREATE INDEX revision_step_revision_no_step_no_idx ON revision_step (revision_no, step_no);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON revision_step FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE revision_step ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON revision_step FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE revision_step ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR DELETE OR UPDATE ON revision_step DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms();
ALTER TABLE revision_step ENABLE ALWAYS TRIGGER tell_gate;
GRANT SELECT,INSERT ON TABLE revision_step TO kanmon_app;
