-- Tables of work.

CREATE TABLE acquisition (
    acquisition_no bigint GENERATED ALWAYS AS IDENTITY,
    client_id text NOT NULL,
    account_no int NOT NULL,
    stated_at timestamptz NOT NULL,
    file_sha256 text NOT NULL,
    source text NOT NULL,
    words text NOT NULL,
    legal_basis text NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT acquisition_pkey PRIMARY KEY (acquisition_no),
    CONSTRAINT acquisition_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id)
);

ALTER TABLE ONLY acquisition FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON acquisition FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE acquisition ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON acquisition FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE acquisition ENABLE ALWAYS TRIGGER guard_update_or_delete;
ALTER TABLE acquisition ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON acquisition USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT ON TABLE acquisition TO kanmon_app;

-- Keys across tables of a tenant carry the tenant: a row can't hang on another client's applicant.
-- A client's file and a link are two sources of one fact: neither overwrites the other, and the file goes first.
-- Whatever way a row comes in, the first stage that is named for it stays bound. The ledger commits to each move under
-- its salt; an erasure takes the row, and with the salt whatever the entry meant.
CREATE TABLE applicant (
    applicant_no int GENERATED ALWAYS AS IDENTITY,
    client_id text NOT NULL,
    season_id text NOT NULL,
    applicant_id text NOT NULL,
    "position" int NOT NULL,
    applied_at timestamptz NOT NULL,
    as_of timestamptz NOT NULL,
    stage text,
    brought_member_no int,
    cookie_id text,
    family_name text,
    given_name text,
    family_kana text,
    given_kana text,
    birth_date date,
    email text,
    university text,
    linked_member_no int,
    member_no int GENERATED ALWAYS AS (COALESCE(brought_member_no, linked_member_no)) STORED,
    bound_stage text,
    CONSTRAINT applicant_client_id_applicant_id_season_id_key UNIQUE (client_id, applicant_id, season_id),
    CONSTRAINT applicant_client_id_applicant_no_key UNIQUE (client_id, applicant_no),
    CONSTRAINT applicant_pkey PRIMARY KEY (applicant_no),
    CONSTRAINT applicant_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT applicant_linked_member_no_fkey FOREIGN KEY (linked_member_no) REFERENCES member(member_no),
    CONSTRAINT applicant_member_no_fkey FOREIGN KEY (brought_member_no) REFERENCES member(member_no),
    CONSTRAINT applicant_season_id_fkey FOREIGN KEY (season_id) REFERENCES season(season_id)
);

ALTER TABLE ONLY applicant FORCE ROW LEVEL SECURITY;
CREATE INDEX applicant_member_no_idx ON applicant (member_no);
CREATE TRIGGER bind_stage BEFORE INSERT OR UPDATE OF stage, bound_stage ON applicant FOR EACH ROW EXECUTE FUNCTION bind_stage();
ALTER TABLE applicant ENABLE ALWAYS TRIGGER bind_stage;
CREATE TRIGGER note_stage_move AFTER UPDATE OF stage ON applicant FOR EACH ROW WHEN (((old.bound_stage IS NOT NULL) AND (old.stage IS DISTINCT FROM new.stage))) EXECUTE FUNCTION note_stage_move();
ALTER TABLE applicant ENABLE ALWAYS TRIGGER note_stage_move;
ALTER TABLE applicant ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON applicant USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT,UPDATE ON TABLE applicant TO kanmon_app;

-- A score without a scale is the risk itself, as scores were before there were scales.
CREATE TABLE score (
    score_no bigint GENERATED ALWAYS AS IDENTITY,
    run_id text NOT NULL,
    client_id text NOT NULL,
    applicant_no int NOT NULL,
    model_id text,
    value int,
    scale text,
    not_scorable text,
    computed_at timestamptz NOT NULL,
    consent_no bigint,
    risk double precision,
    explanation jsonb,
    active_days int,
    recency int,
    confirmed_at timestamptz,
    CONSTRAINT computed_on_evidence CHECK (((value IS NULL) OR ((model_id IS NOT NULL) AND (num_nonnulls(consent_no, confirmed_at) > 0)))),
    CONSTRAINT score_check CHECK ((num_nonnulls(value, not_scorable) = 1)),
    CONSTRAINT score_detail_check CHECK (((scale IS NULL) OR (num_nonnulls(value, risk, explanation, active_days) = 4))),
    CONSTRAINT score_value_check CHECK (((value >= 0) AND (value <= 10000))),
    CONSTRAINT score_pkey PRIMARY KEY (score_no)
);

ALTER TABLE ONLY score FORCE ROW LEVEL SECURITY;
CREATE INDEX score_client_id_applicant_no_computed_at_score_no_idx ON score (client_id, applicant_no, computed_at DESC, score_no DESC);
CREATE INDEX score_client_id_run_id_idx ON score (client_id, run_id);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON score FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE score ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON score FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM erased_applicant e WHERE (e.client_id, e.applicant_no) = (($1).client_id, ($1).applicant_no))');
ALTER TABLE score ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE POLICY own_client ON score USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE score ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE score TO kanmon_app;

CREATE TABLE audited_applicant (
    applicant_no int NOT NULL,
    client_id text NOT NULL,
    season_id text NOT NULL,
    stage text,
    is_withheld boolean NOT NULL,
    score_no bigint NOT NULL,
    watched_at timestamptz NOT NULL,
    CONSTRAINT audited_applicant_pkey PRIMARY KEY (applicant_no),
    CONSTRAINT audited_applicant_score_no_fkey FOREIGN KEY (score_no) REFERENCES score(score_no) ON DELETE CASCADE
);

ALTER TABLE ONLY audited_applicant FORCE ROW LEVEL SECURITY;
CREATE INDEX audited_applicant_client_id_idx ON audited_applicant (client_id);
CREATE INDEX audited_applicant_score_no_idx ON audited_applicant (score_no);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON audited_applicant FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE audited_applicant ENABLE ALWAYS TRIGGER guard_truncate;
ALTER TABLE audited_applicant ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON audited_applicant USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT ON TABLE audited_applicant TO kanmon_app;

CREATE TABLE client_decision (
    applicant_no int NOT NULL,
    client_id text NOT NULL,
    stage text NOT NULL,
    decision text NOT NULL,
    decided_at timestamptz NOT NULL,
    CONSTRAINT client_decision_pkey PRIMARY KEY (applicant_no, stage),
    CONSTRAINT client_decision_client_id_applicant_no_fkey FOREIGN KEY (client_id, applicant_no) REFERENCES applicant(client_id, applicant_no)
);

ALTER TABLE ONLY client_decision FORCE ROW LEVEL SECURITY;
CREATE TRIGGER note_decision AFTER INSERT OR UPDATE ON client_decision FOR EACH ROW EXECUTE FUNCTION note_decision();
ALTER TABLE client_decision ENABLE ALWAYS TRIGGER note_decision;
ALTER TABLE client_decision ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON client_decision USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT,UPDATE ON TABLE client_decision TO kanmon_app;

-- Whatever way a decision comes in, the first is a commitment and every other a change of it. The ledger commits to each
-- under its salt; an erasure takes the row, and with the salt whatever the entry meant.
CREATE TABLE decision_act (
    act_no bigint GENERATED ALWAYS AS IDENTITY,
    client_id text NOT NULL,
    applicant_no int NOT NULL,
    stage text NOT NULL,
    decision text NOT NULL,
    decided_at timestamptz NOT NULL,
    changes text,
    recorded_at timestamptz NOT NULL,
    salt uuid NOT NULL,
    ledger_seq bigint,
    CONSTRAINT decision_act_pkey PRIMARY KEY (act_no),
    CONSTRAINT decision_act_applicant_no_stage_fkey FOREIGN KEY (applicant_no, stage) REFERENCES client_decision(applicant_no, stage) ON DELETE CASCADE
);

ALTER TABLE ONLY decision_act FORCE ROW LEVEL SECURITY;
CREATE INDEX decision_act_applicant_no_stage_act_no_idx ON decision_act (applicant_no, stage, act_no);
CREATE INDEX decision_act_client_id_act_no_idx ON decision_act (client_id, act_no) WHERE (ledger_seq IS NULL);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON decision_act FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE decision_act ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update BEFORE UPDATE ON decision_act FOR EACH ROW EXECUTE FUNCTION allow_entering_decision_once();
ALTER TABLE decision_act ENABLE ALWAYS TRIGGER guard_update;
ALTER TABLE decision_act ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON decision_act USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT ON TABLE decision_act TO kanmon_app;
GRANT UPDATE(ledger_seq) ON TABLE decision_act TO kanmon_app;

CREATE TABLE gate_decision (
    decision_no bigint GENERATED ALWAYS AS IDENTITY,
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
    confirmed_at timestamptz,
    CONSTRAINT allowed_on_evidence CHECK (((NOT allowed) OR ((num_nonnulls(consent_no, confirmed_at) > 0) AND (reasons = '{}'::text[])))),
    CONSTRAINT gate_decision_pkey PRIMARY KEY (decision_no)
);

ALTER TABLE ONLY gate_decision FORCE ROW LEVEL SECURITY;
CREATE INDEX gate_decision_client_id_applicant_no_idx ON gate_decision (client_id, applicant_no);
CREATE INDEX gate_decision_decided_at_idx ON gate_decision USING brin (decided_at) WITH (pages_per_range='16');
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON gate_decision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE gate_decision ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON gate_decision FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM erased_applicant e WHERE (e.client_id, e.applicant_no) = (($1).client_id, ($1).applicant_no))');
ALTER TABLE gate_decision ENABLE ALWAYS TRIGGER guard_update_or_delete;
ALTER TABLE gate_decision ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON gate_decision USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT ON TABLE gate_decision TO kanmon_app;

-- A question holds the numbers of its answers, so that they are found without another index on every decision.
CREATE TABLE gate_question (
    question_no bigint GENERATED ALWAYS AS IDENTITY,
    run_id text NOT NULL,
    client_id text NOT NULL,
    use text NOT NULL,
    asked_at timestamptz NOT NULL,
    law_profile_id text NOT NULL,
    key_no int NOT NULL,
    decisions bigint[] NOT NULL,
    ledger_seq bigint,
    CONSTRAINT gate_question_pkey PRIMARY KEY (question_no),
    CONSTRAINT gate_question_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq)
);

ALTER TABLE ONLY gate_question FORCE ROW LEVEL SECURITY;
CREATE INDEX gate_question_client_id_question_no_idx ON gate_question (client_id, question_no) WHERE (ledger_seq IS NULL);
CREATE TRIGGER guard_delete BEFORE DELETE ON gate_question FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE gate_question ENABLE ALWAYS TRIGGER guard_delete;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON gate_question FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE gate_question ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update BEFORE UPDATE ON gate_question FOR EACH ROW EXECUTE FUNCTION allow_entering_once();
ALTER TABLE gate_question ENABLE ALWAYS TRIGGER guard_update;
ALTER TABLE gate_question ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON gate_question USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT ON TABLE gate_question TO kanmon_app;
GRANT UPDATE(ledger_seq) ON TABLE gate_question TO kanmon_app;

-- Of jobs that ask the same, one is open at a time. A job of no client is the platform's own.
-- Whoever acts for a client sees that client's jobs; a worker acts for nobody and sees all.
CREATE TABLE job (
    job_no bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    arguments jsonb NOT NULL,
    client_id text,
    asked_by int,
    asked_at timestamptz NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    attempts int DEFAULT 0 NOT NULL,
    not_before timestamptz DEFAULT '-infinity'::timestamptz NOT NULL,
    leased_by text,
    lease_until timestamptz,
    step text,
    told jsonb DEFAULT '{}'::jsonb NOT NULL,
    begun_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT job_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT job_check CHECK (((state = 'running'::text) = (lease_until IS NOT NULL))),
    CONSTRAINT job_check1 CHECK (((state = ANY (ARRAY['done'::text, 'refused'::text, 'failed'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT job_kind_check CHECK ((kind = ANY (ARRAY['run'::text, 'coverage'::text, 'collect'::text, 'mail'::text, 'recall'::text, 'compact'::text, 'reported'::text, 'drift'::text, 'use'::text, 'ledger'::text, 'deadlines'::text, 'alert'::text, 'witness'::text]))),
    CONSTRAINT job_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'refused'::text, 'failed'::text]))),
    CONSTRAINT job_pkey PRIMARY KEY (job_no),
    CONSTRAINT job_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id)
);

ALTER TABLE ONLY job FORCE ROW LEVEL SECURITY;
CREATE INDEX job_of_client ON job (client_id, job_no);
CREATE UNIQUE INDEX job_open ON job (kind, arguments, client_id) NULLS NOT DISTINCT WHERE (state = ANY (ARRAY['waiting'::text, 'running'::text]));
ALTER TABLE job ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON job USING (((current_setting('kanmon.client'::text, true) = ''::text) OR (current_setting('kanmon.client'::text, true) = client_id))) WITH CHECK (((current_setting('kanmon.client'::text, true) = ''::text) OR (current_setting('kanmon.client'::text, true) = client_id)));
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE job TO kanmon_app;

-- When each kind of scheduled work is due, and its newest job: one row a kind, whatever the number of workers.
CREATE TABLE timer (
    kind text NOT NULL,
    every interval NOT NULL,
    due_at timestamptz NOT NULL,
    job_no bigint,
    CONSTRAINT timer_every_check CHECK ((every > '00:00:00'::interval)),
    CONSTRAINT timer_pkey PRIMARY KEY (kind)
);
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE timer TO kanmon_app;

-- What scheduled work tells the privacy owner: codes, counts and clients, nothing of a person. A channel takes each once;
-- where nobody knows whether it did, it is given it again under the same number.
CREATE TABLE alert (
    alert_no bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    code text NOT NULL,
    job_no bigint NOT NULL,
    facts jsonb NOT NULL,
    raised_at timestamptz NOT NULL,
    mailed_at timestamptz,
    posted_at timestamptz,
    CONSTRAINT alert_job_no_code_key UNIQUE (job_no, code),
    CONSTRAINT alert_pkey PRIMARY KEY (alert_no)
);
GRANT SELECT,INSERT ON TABLE alert TO kanmon_app;
GRANT UPDATE(mailed_at, posted_at) ON TABLE alert TO kanmon_app;

CREATE TABLE run (
    run_id text NOT NULL,
    command text NOT NULL,
    acted_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    is_replay boolean NOT NULL,
    finished_at timestamptz,
    state text NOT NULL,
    CONSTRAINT run_pkey PRIMARY KEY (run_id)
);
GRANT SELECT,INSERT,UPDATE ON TABLE run TO kanmon_app;

-- Every decision stays; the newest of an applicant is in force. `decided_by` is "linker" or a person's name.
CREATE TABLE link (
    link_no bigint GENERATED ALWAYS AS IDENTITY,
    client_id text NOT NULL,
    applicant_no int NOT NULL,
    decision text NOT NULL,
    member_no int,
    match_weight double precision,
    decided_by text NOT NULL,
    linked_at timestamptz NOT NULL,
    run_id text NOT NULL,
    CONSTRAINT link_check CHECK (((decision = 'linked'::text) = (member_no IS NOT NULL))),
    CONSTRAINT link_decided_by_check CHECK ((decided_by <> ''::text)),
    CONSTRAINT link_decision_check CHECK ((decision = ANY (ARRAY['linked'::text, 'review'::text, 'unlinked'::text]))),
    CONSTRAINT link_client_id_link_no_key UNIQUE (client_id, link_no),
    CONSTRAINT link_pkey PRIMARY KEY (link_no),
    CONSTRAINT link_client_id_applicant_no_fkey FOREIGN KEY (client_id, applicant_no) REFERENCES applicant(client_id, applicant_no),
    CONSTRAINT link_run_id_fkey FOREIGN KEY (run_id) REFERENCES run(run_id)
);

ALTER TABLE ONLY link FORCE ROW LEVEL SECURITY;
CREATE INDEX link_client_id_applicant_no_link_no_idx ON link (client_id, applicant_no, link_no DESC);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON link FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE link ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON link FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM erased_applicant e WHERE (e.client_id, e.applicant_no) = (($1).client_id, ($1).applicant_no)) OR EXISTS (SELECT FROM erasure WHERE member_no = ($1).member_no)');
ALTER TABLE link ENABLE ALWAYS TRIGGER guard_update_or_delete;
ALTER TABLE link ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON link USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT ON TABLE link TO kanmon_app;

CREATE TABLE link_candidate (
    link_no bigint NOT NULL,
    client_id text NOT NULL,
    member_no int NOT NULL,
    match_weight double precision NOT NULL,
    CONSTRAINT link_candidate_pkey PRIMARY KEY (link_no, member_no),
    CONSTRAINT link_candidate_client_id_link_no_fkey FOREIGN KEY (client_id, link_no) REFERENCES link(client_id, link_no)
);

ALTER TABLE ONLY link_candidate FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON link_candidate FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE link_candidate ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON link_candidate FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM erasure WHERE member_no = ($1).member_no) OR EXISTS (SELECT FROM link JOIN erased_applicant USING (client_id, applicant_no) WHERE link_no = ($1).link_no) OR EXISTS (SELECT FROM link JOIN erasure USING (member_no) WHERE link_no = ($1).link_no)');
ALTER TABLE link_candidate ENABLE ALWAYS TRIGGER guard_update_or_delete;
ALTER TABLE link_candidate ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON link_candidate USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT ON TABLE link_candidate TO kanmon_app;

CREATE TABLE prediction_model (
    model_id text NOT NULL,
    client_id text NOT NULL,
    version int NOT NULL,
    season_id text NOT NULL,
    run_id text NOT NULL,
    trained_at timestamptz NOT NULL,
    acted_at timestamptz NOT NULL,
    artefact bytea,
    card jsonb NOT NULL,
    sha256 text NOT NULL,
    training_root bytea,
    ledger_seq bigint,
    CONSTRAINT prediction_model_client_id_model_id_key UNIQUE (client_id, model_id),
    CONSTRAINT prediction_model_client_id_version_key UNIQUE (client_id, version),
    CONSTRAINT prediction_model_pkey PRIMARY KEY (model_id),
    CONSTRAINT prediction_model_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT prediction_model_run_id_fkey FOREIGN KEY (run_id) REFERENCES run(run_id),
    CONSTRAINT prediction_model_season_id_fkey FOREIGN KEY (season_id) REFERENCES season(season_id)
);

ALTER TABLE ONLY prediction_model FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON prediction_model FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE prediction_model ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON prediction_model FOR EACH ROW EXECUTE FUNCTION allow_erasing_artefact();
ALTER TABLE prediction_model ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE POLICY own_client ON prediction_model USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE prediction_model ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE prediction_model TO kanmon_app;

CREATE TABLE model_approval (
    approval_no bigint GENERATED ALWAYS AS IDENTITY,
    model_id text NOT NULL,
    client_id text NOT NULL,
    approved_by text NOT NULL,
    because text NOT NULL,
    approved_at timestamptz NOT NULL,
    CONSTRAINT model_approval_pkey PRIMARY KEY (approval_no),
    CONSTRAINT model_approval_client_id_model_id_fkey FOREIGN KEY (client_id, model_id) REFERENCES prediction_model(client_id, model_id)
);

ALTER TABLE ONLY model_approval FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON model_approval FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE model_approval ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON model_approval FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE model_approval ENABLE ALWAYS TRIGGER guard_update_or_delete;
ALTER TABLE model_approval ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON model_approval USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT ON TABLE model_approval TO kanmon_app;

CREATE TABLE model_training (
    model_id text NOT NULL,
    client_id text NOT NULL,
    applicant_no int NOT NULL,
    label bytea,
    CONSTRAINT model_training_pkey PRIMARY KEY (model_id, applicant_no),
    CONSTRAINT model_training_client_id_model_id_fkey FOREIGN KEY (client_id, model_id) REFERENCES prediction_model(client_id, model_id)
);

ALTER TABLE ONLY model_training FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON model_training FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE model_training ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON model_training FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE model_training ENABLE ALWAYS TRIGGER guard_update_or_delete;
ALTER TABLE model_training ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON model_training USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT ON TABLE model_training TO kanmon_app;

CREATE TABLE outcome (
    applicant_no int NOT NULL,
    client_id text NOT NULL,
    outcome text NOT NULL,
    outcome_at timestamptz NOT NULL,
    CONSTRAINT outcome_pkey PRIMARY KEY (applicant_no),
    CONSTRAINT outcome_client_id_applicant_no_fkey FOREIGN KEY (client_id, applicant_no) REFERENCES applicant(client_id, applicant_no)
);

ALTER TABLE ONLY outcome FORCE ROW LEVEL SECURITY;
ALTER TABLE outcome ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON outcome USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT,UPDATE ON TABLE outcome TO kanmon_app;

CREATE TABLE provision (
    provision_id text NOT NULL,
    run_id text NOT NULL,
    client_id text NOT NULL,
    season_id text NOT NULL,
    acted_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    is_replay boolean NOT NULL,
    content_sha256 text NOT NULL,
    law_profile_id text NOT NULL,
    model_id text,
    recipient jsonb NOT NULL,
    report jsonb NOT NULL,
    benefit jsonb,
    handed_over_at timestamptz,
    ledger_seq bigint,
    CONSTRAINT provision_client_id_provision_id_key UNIQUE (client_id, provision_id),
    CONSTRAINT provision_ledger_seq_key UNIQUE (ledger_seq),
    CONSTRAINT provision_pkey PRIMARY KEY (provision_id),
    CONSTRAINT provision_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT provision_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq),
    CONSTRAINT provision_run_id_fkey FOREIGN KEY (run_id) REFERENCES run(run_id),
    CONSTRAINT provision_season_id_fkey FOREIGN KEY (season_id) REFERENCES season(season_id)
);

ALTER TABLE ONLY provision FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_delete BEFORE DELETE ON provision FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE provision ENABLE ALWAYS TRIGGER guard_delete;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON provision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE provision ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update BEFORE UPDATE ON provision FOR EACH ROW EXECUTE FUNCTION allow_handing_over_once();
ALTER TABLE provision ENABLE ALWAYS TRIGGER guard_update;
CREATE POLICY own_client ON provision USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE provision ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE provision TO kanmon_app;
GRANT UPDATE(handed_over_at) ON TABLE provision TO kanmon_app;

-- The persons of one provision, and the gate's answers of a period. Answers are added in the order of time, so a range
-- for each block finds them, and costs nothing to keep where 75,000 are added at once.
CREATE TABLE provision_record (
    record_no bigint GENERATED ALWAYS AS IDENTITY,
    provision_id text NOT NULL,
    client_id text NOT NULL,
    applicant_no int NOT NULL,
    member_no int,
    consent_no bigint,
    items text[] NOT NULL,
    score_no bigint NOT NULL,
    provided_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    retain_until date NOT NULL,
    method text NOT NULL,
    ledger_seq bigint,
    confirmed_at timestamptz,
    confirmation_method text,
    CONSTRAINT provided_on_evidence CHECK (((num_nonnulls(member_no, consent_no) = ANY (ARRAY[0, 2])) AND (num_nonnulls(consent_no, confirmed_at) > 0) AND (num_nonnulls(confirmed_at, confirmation_method) = ANY (ARRAY[0, 2])))),
    CONSTRAINT provision_record_ledger_seq_key UNIQUE (ledger_seq),
    CONSTRAINT provision_record_pkey PRIMARY KEY (record_no),
    CONSTRAINT provision_record_client_id_provision_id_fkey FOREIGN KEY (client_id, provision_id) REFERENCES provision(client_id, provision_id),
    CONSTRAINT provision_record_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq)
);

ALTER TABLE ONLY provision_record FORCE ROW LEVEL SECURITY;
CREATE INDEX provision_record_client_id_applicant_no_idx ON provision_record (client_id, applicant_no);
CREATE INDEX provision_record_client_id_provision_id_record_no_idx ON provision_record (client_id, provision_id, record_no);
CREATE INDEX provision_record_member_no_idx ON provision_record (member_no);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON provision_record FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE provision_record ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON provision_record FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM erased_applicant e WHERE (e.client_id, e.applicant_no) = (($1).client_id, ($1).applicant_no)) AND (($1).retain_until < (now() AT TIME ZONE ''Asia/Tokyo'')::date OR EXISTS (SELECT FROM provision p WHERE p.provision_id = ($1).provision_id AND p.is_replay))');
ALTER TABLE provision_record ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE POLICY own_client ON provision_record USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE provision_record ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE provision_record TO kanmon_app;

CREATE TABLE told_password (
    provision_id text NOT NULL,
    client_id text NOT NULL,
    told_to text NOT NULL,
    told_at timestamptz NOT NULL,
    CONSTRAINT told_password_pkey PRIMARY KEY (provision_id, told_to),
    CONSTRAINT told_password_told_to_check CHECK ((told_to = ANY (ARRAY['client'::text, 'operator'::text]))),
    CONSTRAINT told_password_client_id_provision_id_fkey FOREIGN KEY (client_id, provision_id) REFERENCES provision(client_id, provision_id)
);

ALTER TABLE ONLY told_password FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON told_password FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE told_password ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON told_password FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE told_password ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE POLICY own_client ON told_password USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE told_password ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE told_password TO kanmon_app;

CREATE TABLE receipt (
    provision_id text NOT NULL,
    client_id text NOT NULL,
    account_no int NOT NULL,
    acknowledged_at timestamptz NOT NULL,
    pack jsonb NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT receipt_pkey PRIMARY KEY (provision_id),
    CONSTRAINT receipt_client_id_provision_id_fkey FOREIGN KEY (client_id, provision_id) REFERENCES provision(client_id, provision_id)
);

ALTER TABLE ONLY receipt FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON receipt FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE receipt ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON receipt FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE receipt ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR DELETE OR UPDATE ON receipt DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms();
ALTER TABLE receipt ENABLE ALWAYS TRIGGER tell_gate;
CREATE POLICY own_client ON receipt USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE receipt ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE receipt TO kanmon_app;

CREATE TABLE recipient_consent (
    applicant_no int NOT NULL,
    client_id text NOT NULL,
    confirmed_at timestamptz NOT NULL,
    method text NOT NULL,
    obtained_at timestamptz,
    covers_training boolean,
    withdrawn_at timestamptz,
    CONSTRAINT recipient_consent_pkey PRIMARY KEY (applicant_no),
    CONSTRAINT recipient_consent_client_id_applicant_no_fkey FOREIGN KEY (client_id, applicant_no) REFERENCES applicant(client_id, applicant_no)
);

ALTER TABLE ONLY recipient_consent FORCE ROW LEVEL SECURITY;
CREATE POLICY own_client ON recipient_consent USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE recipient_consent ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT,UPDATE ON TABLE recipient_consent TO kanmon_app;

-- A run in which scores stand notes them as the ones of the run that computed them.
CREATE TABLE scoring (
    scoring_no bigint GENERATED ALWAYS AS IDENTITY,
    run_id text NOT NULL,
    scored_in text NOT NULL,
    client_id text NOT NULL,
    season_id text NOT NULL,
    asked_at timestamptz NOT NULL,
    asked_sha256 text NOT NULL,
    lake_state text NOT NULL,
    answers int NOT NULL,
    CONSTRAINT scoring_pkey PRIMARY KEY (scoring_no),
    CONSTRAINT scoring_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT scoring_run_id_fkey FOREIGN KEY (run_id) REFERENCES run(run_id),
    CONSTRAINT scoring_scored_in_fkey FOREIGN KEY (scored_in) REFERENCES run(run_id),
    CONSTRAINT scoring_season_id_fkey FOREIGN KEY (season_id) REFERENCES season(season_id)
);

ALTER TABLE ONLY scoring FORCE ROW LEVEL SECURITY;
CREATE INDEX scoring_client_id_season_id_asked_at_idx ON scoring (client_id, season_id, asked_at);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON scoring FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE scoring ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON scoring FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE scoring ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE POLICY own_client ON scoring USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE scoring ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE scoring TO kanmon_app;

CREATE TABLE stage_move (
    move_no bigint GENERATED ALWAYS AS IDENTITY,
    client_id text NOT NULL,
    applicant_no int NOT NULL,
    moved_from text,
    moved_to text,
    moved_at timestamptz NOT NULL,
    salt uuid NOT NULL,
    ledger_seq bigint,
    CONSTRAINT stage_move_pkey PRIMARY KEY (move_no),
    CONSTRAINT stage_move_client_id_applicant_no_fkey FOREIGN KEY (client_id, applicant_no) REFERENCES applicant(client_id, applicant_no) ON DELETE CASCADE
);

ALTER TABLE ONLY stage_move FORCE ROW LEVEL SECURITY;
CREATE INDEX stage_move_client_id_applicant_no_idx ON stage_move (client_id, applicant_no);
CREATE INDEX stage_move_client_id_move_no_idx ON stage_move (client_id, move_no) WHERE (ledger_seq IS NULL);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON stage_move FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE stage_move ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update BEFORE UPDATE ON stage_move FOR EACH ROW EXECUTE FUNCTION allow_entering_move_once();
ALTER TABLE stage_move ENABLE ALWAYS TRIGGER guard_update;
CREATE POLICY own_client ON stage_move USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE stage_move ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE stage_move TO kanmon_app;
GRANT UPDATE(ledger_seq) ON TABLE stage_move TO kanmon_app;

-- A run in which a model stands notes it with what it stands on now.
CREATE TABLE training (
    training_no bigint GENERATED ALWAYS AS IDENTITY,
    run_id text NOT NULL,
    client_id text NOT NULL,
    season_id text NOT NULL,
    model_id text NOT NULL,
    acted_at timestamptz NOT NULL,
    asked_sha256 text NOT NULL,
    lake_state text NOT NULL,
    is_accepted boolean NOT NULL,
    auc double precision NOT NULL,
    CONSTRAINT training_pkey PRIMARY KEY (training_no),
    CONSTRAINT training_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT training_client_id_model_id_fkey FOREIGN KEY (client_id, model_id) REFERENCES prediction_model(client_id, model_id),
    CONSTRAINT training_run_id_fkey FOREIGN KEY (run_id) REFERENCES run(run_id),
    CONSTRAINT training_season_id_fkey FOREIGN KEY (season_id) REFERENCES season(season_id)
);

ALTER TABLE ONLY training FORCE ROW LEVEL SECURITY;
CREATE INDEX training_client_id_season_id_acted_at_idx ON training (client_id, season_id, acted_at);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON training FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE training ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON training FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE training ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE POLICY own_client ON training USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE training ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE training TO kanmon_app;

CREATE TABLE use_alert (
    alert_no bigint GENERATED ALWAYS AS IDENTITY,
    client_id text NOT NULL,
    account_no int NOT NULL,
    raised_at timestamptz NOT NULL,
    code text NOT NULL,
    provision_id text,
    said jsonb NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT use_alert_pkey PRIMARY KEY (alert_no),
    CONSTRAINT use_alert_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id)
);

ALTER TABLE ONLY use_alert FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON use_alert FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE use_alert ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON use_alert FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE use_alert ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE POLICY own_client ON use_alert USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE use_alert ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE use_alert TO kanmon_app;

CREATE TABLE use_audit_look (
    look_no bigint GENERATED ALWAYS AS IDENTITY,
    client_id text NOT NULL,
    season_id text NOT NULL,
    stage text NOT NULL,
    looked_at timestamptz NOT NULL,
    readable int NOT NULL,
    withheld int NOT NULL,
    p double precision,
    power double precision,
    verdict text NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT use_audit_look_pkey PRIMARY KEY (look_no),
    CONSTRAINT use_audit_look_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT use_audit_look_season_id_fkey FOREIGN KEY (season_id) REFERENCES season(season_id)
);

ALTER TABLE ONLY use_audit_look FORCE ROW LEVEL SECURITY;
CREATE INDEX use_audit_look_client_id_season_id_stage_idx ON use_audit_look (client_id, season_id, stage);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON use_audit_look FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE use_audit_look ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON use_audit_look FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE use_audit_look ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE POLICY own_client ON use_audit_look USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE use_audit_look ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE use_audit_look TO kanmon_app;

-- Of each applicant just the first time: whoever read a score once can't be watched reading it for the first time again.
CREATE TABLE use_audit_plan (
    client_id text NOT NULL,
    season_id text NOT NULL,
    plan jsonb NOT NULL,
    seed bytea NOT NULL,
    registered_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT use_audit_plan_seed_check CHECK ((length(seed) = 32)),
    CONSTRAINT use_audit_plan_pkey PRIMARY KEY (client_id, season_id),
    CONSTRAINT use_audit_plan_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT use_audit_plan_season_id_fkey FOREIGN KEY (season_id) REFERENCES season(season_id)
);

ALTER TABLE ONLY use_audit_plan FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON use_audit_plan FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE use_audit_plan ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON use_audit_plan FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE use_audit_plan ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE POLICY own_client ON use_audit_plan USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE use_audit_plan ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE use_audit_plan TO kanmon_app;

CREATE TABLE use_statement (
    statement_no bigint GENERATED ALWAYS AS IDENTITY,
    client_id text NOT NULL,
    account_no int NOT NULL,
    stated_at timestamptz NOT NULL,
    provision_id text,
    said jsonb NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT use_statement_pkey PRIMARY KEY (statement_no),
    CONSTRAINT use_statement_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT use_statement_client_id_provision_id_fkey FOREIGN KEY (client_id, provision_id) REFERENCES provision(client_id, provision_id)
);

ALTER TABLE ONLY use_statement FORCE ROW LEVEL SECURITY;
CREATE INDEX use_statement_client_id_provision_id_idx ON use_statement (client_id, provision_id);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON use_statement FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE use_statement ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON use_statement FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE use_statement ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR DELETE OR UPDATE ON use_statement DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms();
ALTER TABLE use_statement ENABLE ALWAYS TRIGGER tell_gate;
CREATE POLICY own_client ON use_statement USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE use_statement ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE use_statement TO kanmon_app;

-- The gate relies on these rows: each is sealed, and a change of them tells it. The file itself lies elsewhere.
CREATE TABLE client_paper (
    paper_no bigint GENERATED ALWAYS AS IDENTITY,
    client_id text NOT NULL,
    kind text NOT NULL,
    season_id text,
    dated_at timestamptz NOT NULL,
    client_person text NOT NULL,
    files jsonb NOT NULL,
    questions text,
    answers jsonb,
    finding text,
    conditions text,
    account_no int NOT NULL,
    role text NOT NULL,
    person text NOT NULL,
    recorded_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT client_paper_kind_check CHECK ((kind = ANY (ARRAY['use_agreement'::text, 'client_notice'::text, 'check_before_use'::text, 'check_after_use'::text]))),
    CONSTRAINT client_paper_finding_check CHECK ((finding = ANY (ARRAY['may_use'::text, 'with_conditions'::text, 'may_not_use'::text]))),
    CONSTRAINT client_paper_role_check CHECK ((role = ANY (ARRAY['privacy_owner'::text, 'author'::text, 'operator'::text, 'student_advocate'::text, 'legal'::text]))),
    CONSTRAINT client_paper_check CHECK ((num_nonnulls(season_id, questions, answers, finding, conditions) = CASE WHEN kind ~~ 'check%'::text THEN 5 ELSE 0 END)),
    CONSTRAINT client_paper_files_check CHECK (((finding IS NOT NULL) OR (jsonb_array_length(files) > 0))),
    CONSTRAINT client_paper_dated_at_check CHECK ((dated_at <= recorded_at)),
    CONSTRAINT client_paper_client_person_check CHECK ((client_person <> ''::text)),
    CONSTRAINT client_paper_person_check CHECK ((person <> ''::text)),
    CONSTRAINT client_paper_ledger_seq_key UNIQUE (ledger_seq),
    CONSTRAINT client_paper_pkey PRIMARY KEY (paper_no),
    CONSTRAINT client_paper_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id)
);

ALTER TABLE ONLY client_paper FORCE ROW LEVEL SECURITY;
CREATE INDEX client_paper_client_id_idx ON client_paper (client_id);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON client_paper FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE client_paper ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON client_paper FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE client_paper ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR DELETE OR UPDATE ON client_paper DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms();
ALTER TABLE client_paper ENABLE ALWAYS TRIGGER tell_gate;
CREATE POLICY own_client ON client_paper USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE client_paper ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE client_paper TO kanmon_app;
