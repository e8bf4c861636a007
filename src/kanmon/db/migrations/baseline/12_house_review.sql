-- Tables of house review.

CREATE TABLE legal_assessment (
    assessment_no int NOT NULL,
    version_no int NOT NULL,
    kind text NOT NULL,
    judged text NOT NULL,
    question text NOT NULL,
    analysis text NOT NULL,
    conclusion text NOT NULL,
    sources text NOT NULL,
    party text NOT NULL,
    account_no int NOT NULL,
    person text NOT NULL,
    assessed_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT legal_assessment_analysis_check CHECK ((analysis <> ''::text)),
    CONSTRAINT legal_assessment_conclusion_check CHECK ((conclusion <> ''::text)),
    CONSTRAINT legal_assessment_judged_check CHECK ((judged <> ''::text)),
    CONSTRAINT legal_assessment_kind_check CHECK ((kind = ANY (ARRAY['release'::text, 'revision'::text, 'policy'::text, 'contract'::text, 'feature'::text, 'incident'::text]))),
    CONSTRAINT legal_assessment_person_check CHECK ((person <> ''::text)),
    CONSTRAINT legal_assessment_question_check CHECK ((question <> ''::text)),
    CONSTRAINT legal_assessment_sources_check CHECK ((sources <> ''::text)),
    CONSTRAINT legal_assessment_version_no_check CHECK ((version_no > 0)),
    CONSTRAINT legal_assessment_ledger_seq_key UNIQUE (ledger_seq),
    CONSTRAINT legal_assessment_pkey PRIMARY KEY (assessment_no, version_no),
    CONSTRAINT legal_assessment_account_no_fkey FOREIGN KEY (account_no) REFERENCES account(account_no)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON legal_assessment FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE legal_assessment ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON legal_assessment FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE legal_assessment ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE legal_assessment TO kanmon_app;

-- How far a release has come follows from what was said of it. The gate reads these acts: a change of them tells it.
CREATE TABLE release_step (
    step_no bigint GENERATED ALWAYS AS IDENTITY,
    release_id text NOT NULL,
    act text NOT NULL,
    viewpoint text,
    account_no int NOT NULL,
    role text NOT NULL,
    person text NOT NULL,
    acted_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    content_sha256 text NOT NULL,
    is_research boolean NOT NULL,
    passes boolean NOT NULL,
    words jsonb NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT release_step_act_check CHECK ((act = ANY (ARRAY['describe'::text, 'answer'::text, 'approve'::text]))),
    CONSTRAINT release_step_check CHECK (((act = 'answer'::text) = (viewpoint IS NOT NULL))),
    CONSTRAINT release_step_person_check CHECK ((person <> ''::text)),
    CONSTRAINT release_step_release_id_check CHECK ((release_id <> ''::text)),
    CONSTRAINT release_step_viewpoint_check CHECK ((viewpoint = ANY (ARRAY['business'::text, 'student'::text, 'legal'::text, 'use'::text, 'security'::text]))),
    CONSTRAINT release_step_ledger_seq_key UNIQUE (ledger_seq),
    CONSTRAINT release_step_pkey PRIMARY KEY (step_no),
    CONSTRAINT release_step_account_no_fkey FOREIGN KEY (account_no) REFERENCES account(account_no)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON release_step FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE release_step ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON release_step FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE release_step ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR DELETE OR UPDATE ON release_step DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms();
ALTER TABLE release_step ENABLE ALWAYS TRIGGER tell_gate;
GRANT SELECT,INSERT ON TABLE release_step TO kanmon_app;
