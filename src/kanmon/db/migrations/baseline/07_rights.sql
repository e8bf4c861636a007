-- Tables of rights.

CREATE TABLE check_attempt (
    address_sha256 bytea NOT NULL,
    occurred_at timestamptz NOT NULL
);
CREATE INDEX check_attempt_address_sha256_occurred_at_idx ON check_attempt (address_sha256, occurred_at);
GRANT SELECT,INSERT,DELETE ON TABLE check_attempt TO kanmon_app;

-- Numbers and hashes only. `code_sha256` knows the person again who comes with the code, or a file that names the
-- member: without the key outside of this database, nobody can tell from it who the person was.
CREATE TABLE erasure (
    erasure_no int GENERATED ALWAYS AS IDENTITY,
    member_no int NOT NULL,
    code_sha256 bytea NOT NULL,
    person_sha256 bytea NOT NULL,
    requested_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    is_replay boolean NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT erasure_code_sha256_key UNIQUE (code_sha256),
    CONSTRAINT erasure_member_no_key UNIQUE (member_no),
    CONSTRAINT erasure_pkey PRIMARY KEY (erasure_no),
    CONSTRAINT erasure_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq),
    CONSTRAINT erasure_member_no_fkey FOREIGN KEY (member_no) REFERENCES member(member_no)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON erasure FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE erasure ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON erasure FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE erasure ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE erasure TO kanmon_app;

CREATE TABLE erased_applicant (
    applicant_no int NOT NULL,
    client_id text NOT NULL,
    season_id text NOT NULL,
    erasure_no int NOT NULL,
    was_provided boolean NOT NULL,
    is_gone boolean DEFAULT false NOT NULL,
    CONSTRAINT erased_applicant_pkey PRIMARY KEY (applicant_no),
    CONSTRAINT erased_applicant_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT erased_applicant_erasure_no_fkey FOREIGN KEY (erasure_no) REFERENCES erasure(erasure_no),
    CONSTRAINT erased_applicant_season_id_fkey FOREIGN KEY (season_id) REFERENCES season(season_id)
);

ALTER TABLE ONLY erased_applicant FORCE ROW LEVEL SECURITY;
CREATE INDEX erased_applicant_client_id_erasure_no_idx ON erased_applicant (client_id, erasure_no);
ALTER TABLE erased_applicant ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON erased_applicant USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT ON TABLE erased_applicant TO kanmon_app;

-- A request for an erasure has its rows in `erased_applicant`, any other in `requested_row`. `incident_id` refers to no
-- table: a request stays what it is whatever becomes of the incident's record.
CREATE TABLE erasure_request (
    request_no int GENERATED ALWAYS AS IDENTITY,
    client_id text NOT NULL,
    erasure_no int,
    requested_at timestamptz NOT NULL,
    due_on date NOT NULL,
    because text DEFAULT 'erasure'::text NOT NULL,
    incident_id text,
    CONSTRAINT erasure_request_because_check CHECK ((because = ANY (ARRAY['erasure'::text, 'withdrawal'::text, 'incident'::text, 'retention'::text]))),
    CONSTRAINT erasure_request_check CHECK (((because = 'erasure'::text) = (erasure_no IS NOT NULL))),
    CONSTRAINT erasure_request_check1 CHECK (((because = 'incident'::text) = (incident_id IS NOT NULL))),
    CONSTRAINT erasure_request_client_id_erasure_no_key UNIQUE (client_id, erasure_no),
    CONSTRAINT erasure_request_client_id_request_no_key UNIQUE (client_id, request_no),
    CONSTRAINT erasure_request_pkey PRIMARY KEY (request_no),
    CONSTRAINT erasure_request_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT erasure_request_erasure_no_fkey FOREIGN KEY (erasure_no) REFERENCES erasure(erasure_no)
);

ALTER TABLE ONLY erasure_request FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON erasure_request FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE erasure_request ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON erasure_request FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE erasure_request ENABLE ALWAYS TRIGGER guard_update_or_delete;
ALTER TABLE erasure_request ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON erasure_request USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT ON TABLE erasure_request TO kanmon_app;

CREATE TABLE erasure_certificate (
    request_no int NOT NULL,
    client_id text NOT NULL,
    certified_at timestamptz NOT NULL,
    certified_by text NOT NULL,
    sub_processors text NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT erasure_certificate_pkey PRIMARY KEY (request_no),
    CONSTRAINT erasure_certificate_client_id_request_no_fkey FOREIGN KEY (client_id, request_no) REFERENCES erasure_request(client_id, request_no),
    CONSTRAINT erasure_certificate_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq)
);

ALTER TABLE ONLY erasure_certificate FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON erasure_certificate FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE erasure_certificate ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON erasure_certificate FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE erasure_certificate ENABLE ALWAYS TRIGGER guard_update_or_delete;
ALTER TABLE erasure_certificate ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON erasure_certificate USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT ON TABLE erasure_certificate TO kanmon_app;

CREATE TABLE erasure_rendering (
    provision_id text NOT NULL,
    client_id text NOT NULL,
    CONSTRAINT erasure_rendering_pkey PRIMARY KEY (provision_id),
    CONSTRAINT erasure_rendering_client_id_provision_id_fkey FOREIGN KEY (client_id, provision_id) REFERENCES provision(client_id, provision_id)
);

ALTER TABLE ONLY erasure_rendering FORCE ROW LEVEL SECURITY;
ALTER TABLE erasure_rendering ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON erasure_rendering USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT,DELETE ON TABLE erasure_rendering TO kanmon_app;

CREATE TABLE erasure_request_step (
    request_no int NOT NULL,
    client_id text NOT NULL,
    step text NOT NULL,
    taken_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT erasure_request_step_step_check CHECK ((step = ANY (ARRAY['asked'::text, 'reminded'::text, 'reminded_again'::text, 'escalated'::text]))),
    CONSTRAINT erasure_request_step_pkey PRIMARY KEY (request_no, step),
    CONSTRAINT erasure_request_step_client_id_request_no_fkey FOREIGN KEY (client_id, request_no) REFERENCES erasure_request(client_id, request_no),
    CONSTRAINT erasure_request_step_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq)
);

ALTER TABLE ONLY erasure_request_step FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON erasure_request_step FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE erasure_request_step ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON erasure_request_step FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE erasure_request_step ENABLE ALWAYS TRIGGER guard_update_or_delete;
ALTER TABLE erasure_request_step ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_client ON erasure_request_step USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
GRANT SELECT,INSERT ON TABLE erasure_request_step TO kanmon_app;

CREATE TABLE erasure_step (
    erasure_no int NOT NULL,
    step text NOT NULL,
    done_at timestamptz NOT NULL,
    ledger_seq bigint,
    CONSTRAINT erasure_step_pkey PRIMARY KEY (erasure_no, step),
    CONSTRAINT erasure_step_erasure_no_fkey FOREIGN KEY (erasure_no) REFERENCES erasure(erasure_no),
    CONSTRAINT erasure_step_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq)
);
GRANT SELECT,INSERT,DELETE ON TABLE erasure_step TO kanmon_app;

-- Facts about a request only grow. What it says in the person's own words lies beside it, so that it can be erased.
CREATE TABLE person_request (
    request_no bigint GENERATED ALWAYS AS IDENTITY,
    member_no int,
    type text NOT NULL,
    method text NOT NULL,
    client_id text,
    received_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT person_request_check CHECK (((type = 'check'::text) = (member_no IS NULL))),
    CONSTRAINT person_request_method_check CHECK ((method = ANY (ARRAY['electronic'::text, 'paper'::text]))),
    CONSTRAINT person_request_type_check CHECK ((type = ANY (ARRAY['disclosure'::text, 'objection'::text, 'lifting'::text, 'training_objection'::text, 'training_lifting'::text, 'history'::text, 'personal_data'::text, 'review'::text, 'check'::text]))),
    CONSTRAINT person_request_pkey PRIMARY KEY (request_no),
    CONSTRAINT person_request_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT person_request_member_no_fkey FOREIGN KEY (member_no) REFERENCES member(member_no)
);
CREATE INDEX person_request_member_no_idx ON person_request (member_no);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON person_request FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE person_request ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON person_request FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM erasure WHERE member_no = ($1).member_no)');
ALTER TABLE person_request ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE person_request TO kanmon_app;

CREATE TABLE history_correction (
    correction_no bigint GENERATED ALWAYS AS IDENTITY,
    request_no bigint NOT NULL,
    member_no int NOT NULL,
    cookie_id text,
    since timestamptz,
    until timestamptz,
    corrected_at timestamptz NOT NULL,
    CONSTRAINT history_correction_check CHECK ((since < until)),
    CONSTRAINT history_correction_pkey PRIMARY KEY (correction_no),
    CONSTRAINT history_correction_member_no_fkey FOREIGN KEY (member_no) REFERENCES member(member_no),
    CONSTRAINT history_correction_request_no_fkey FOREIGN KEY (request_no) REFERENCES person_request(request_no)
);
CREATE INDEX history_correction_member_no_idx ON history_correction (member_no);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON history_correction FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE history_correction ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON history_correction FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM erasure WHERE member_no = ($1).member_no)');
ALTER TABLE history_correction ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE history_correction TO kanmon_app;

-- A stub is tied to a member while there is one, and after erasure to nobody: then it holds the answer itself.
CREATE TABLE notification_stub (
    code_sha256 bytea NOT NULL,
    purpose text NOT NULL,
    channel text NOT NULL,
    contact_commitment bytea,
    issued_at timestamptz NOT NULL,
    member_no int,
    answer jsonb,
    CONSTRAINT notification_stub_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'phone'::text, 'none'::text]))),
    CONSTRAINT notification_stub_check CHECK (((channel = 'none'::text) = (contact_commitment IS NULL))),
    CONSTRAINT notification_stub_check1 CHECK (((member_no IS NULL) = (answer IS NOT NULL))),
    CONSTRAINT notification_stub_purpose_check CHECK ((purpose = 'incident_notice'::text)),
    CONSTRAINT notification_stub_pkey PRIMARY KEY (code_sha256),
    CONSTRAINT notification_stub_member_no_fkey FOREIGN KEY (member_no) REFERENCES member(member_no)
);
CREATE INDEX notification_stub_member_no_idx ON notification_stub (member_no);
GRANT SELECT,INSERT ON TABLE notification_stub TO kanmon_app;
GRANT UPDATE(member_no) ON TABLE notification_stub TO kanmon_app;
GRANT UPDATE(answer) ON TABLE notification_stub TO kanmon_app;

CREATE TABLE objection (
    objection_no bigint GENERATED ALWAYS AS IDENTITY,
    request_no bigint NOT NULL,
    member_no int NOT NULL,
    occurred_at timestamptz NOT NULL,
    action text NOT NULL,
    client_id text,
    use text,
    CONSTRAINT objection_action_check CHECK ((action = ANY (ARRAY['object'::text, 'lift'::text]))),
    CONSTRAINT objection_use_check CHECK ((use = 'train'::text)),
    CONSTRAINT objection_pkey PRIMARY KEY (objection_no),
    CONSTRAINT objection_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT objection_member_no_fkey FOREIGN KEY (member_no) REFERENCES member(member_no),
    CONSTRAINT objection_request_no_fkey FOREIGN KEY (request_no) REFERENCES person_request(request_no)
);
CREATE INDEX objection_member_no_occurred_at_idx ON objection (member_no, occurred_at);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON objection FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE objection ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON objection FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM erasure WHERE member_no = ($1).member_no)');
ALTER TABLE objection ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE objection TO kanmon_app;

CREATE TABLE request_content (
    request_no bigint NOT NULL,
    content jsonb NOT NULL,
    CONSTRAINT request_content_pkey PRIMARY KEY (request_no),
    CONSTRAINT request_content_request_no_fkey FOREIGN KEY (request_no) REFERENCES person_request(request_no)
);
GRANT SELECT,INSERT,DELETE ON TABLE request_content TO kanmon_app;

CREATE TABLE request_decision (
    request_no bigint NOT NULL,
    decided_at timestamptz NOT NULL,
    decided_by text NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL,
    done jsonb NOT NULL,
    delivered_sha256 text,
    ledger_seq bigint NOT NULL,
    CONSTRAINT request_decision_check CHECK (((outcome = 'accepted'::text) OR (reason <> ''::text))),
    CONSTRAINT request_decision_outcome_check CHECK ((outcome = ANY (ARRAY['accepted'::text, 'refused'::text]))),
    CONSTRAINT request_decision_pkey PRIMARY KEY (request_no),
    CONSTRAINT request_decision_request_no_fkey FOREIGN KEY (request_no) REFERENCES person_request(request_no)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON request_decision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE request_decision ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON request_decision FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM person_request JOIN erasure USING (member_no) WHERE request_no = ($1).request_no)');
ALTER TABLE request_decision ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE request_decision TO kanmon_app;

CREATE TABLE requested_row (
    request_no int NOT NULL,
    client_id text NOT NULL,
    applicant_no int NOT NULL,
    member_no int NOT NULL,
    CONSTRAINT requested_row_pkey PRIMARY KEY (request_no, applicant_no),
    CONSTRAINT requested_row_client_id_request_no_fkey FOREIGN KEY (client_id, request_no) REFERENCES erasure_request(client_id, request_no)
);

ALTER TABLE ONLY requested_row FORCE ROW LEVEL SECURITY;
CREATE INDEX requested_row_client_id_applicant_no_idx ON requested_row (client_id, applicant_no);
CREATE INDEX requested_row_member_no_idx ON requested_row (member_no);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON requested_row FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE requested_row ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON requested_row FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE requested_row ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE POLICY own_client ON requested_row USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE requested_row ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE requested_row TO kanmon_app;

-- A score that its person wants a human to look at, for whoever got it; and what that company's second look came to.
CREATE TABLE disputed_score (
    request_no bigint NOT NULL,
    client_id text NOT NULL,
    score_no bigint NOT NULL,
    disputed_at timestamptz NOT NULL,
    CONSTRAINT disputed_score_pkey PRIMARY KEY (client_id, request_no),
    CONSTRAINT disputed_score_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT disputed_score_request_no_fkey FOREIGN KEY (request_no) REFERENCES person_request(request_no)
);

ALTER TABLE ONLY disputed_score FORCE ROW LEVEL SECURITY;
CREATE INDEX disputed_score_client_id_score_no_idx ON disputed_score (client_id, score_no);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON disputed_score FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE disputed_score ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON disputed_score FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM person_request JOIN erasure USING (member_no) WHERE request_no = ($1).request_no)');
ALTER TABLE disputed_score ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE POLICY own_client ON disputed_score USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE disputed_score ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE disputed_score TO kanmon_app;

CREATE TABLE second_look (
    request_no bigint NOT NULL,
    client_id text NOT NULL,
    account_no int NOT NULL,
    answered_at timestamptz NOT NULL,
    said jsonb NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT second_look_pkey PRIMARY KEY (client_id, request_no),
    CONSTRAINT second_look_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT second_look_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq),
    CONSTRAINT second_look_client_id_request_no_fkey FOREIGN KEY (client_id, request_no) REFERENCES disputed_score(client_id, request_no)
);

ALTER TABLE ONLY second_look FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON second_look FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE second_look ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON second_look FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM person_request JOIN erasure USING (member_no) WHERE request_no = ($1).request_no)');
ALTER TABLE second_look ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE POLICY own_client ON second_look USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE second_look ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE second_look TO kanmon_app;

CREATE TABLE stale_notice (
    record_no bigint NOT NULL,
    client_id text NOT NULL,
    request_no bigint NOT NULL,
    told_at timestamptz NOT NULL,
    CONSTRAINT stale_notice_pkey PRIMARY KEY (record_no),
    CONSTRAINT stale_notice_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT stale_notice_request_no_fkey FOREIGN KEY (request_no) REFERENCES person_request(request_no)
);

ALTER TABLE ONLY stale_notice FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON stale_notice FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE stale_notice ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON stale_notice FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM person_request JOIN erasure USING (member_no) WHERE request_no = ($1).request_no)');
ALTER TABLE stale_notice ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE POLICY own_client ON stale_notice USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE stale_notice ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE stale_notice TO kanmon_app;

CREATE TABLE stale_score (
    score_no bigint NOT NULL,
    client_id text NOT NULL,
    request_no bigint NOT NULL,
    stale_at timestamptz NOT NULL,
    CONSTRAINT stale_score_pkey PRIMARY KEY (score_no),
    CONSTRAINT stale_score_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT stale_score_request_no_fkey FOREIGN KEY (request_no) REFERENCES person_request(request_no)
);

ALTER TABLE ONLY stale_score FORCE ROW LEVEL SECURITY;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON stale_score FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE stale_score ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON stale_score FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM person_request JOIN erasure USING (member_no) WHERE request_no = ($1).request_no)');
ALTER TABLE stale_score ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE POLICY own_client ON stale_score USING ((client_id = current_setting('kanmon.client'::text, true))) WITH CHECK ((client_id = current_setting('kanmon.client'::text, true)));
ALTER TABLE stale_score ENABLE ROW LEVEL SECURITY;
GRANT SELECT,INSERT ON TABLE stale_score TO kanmon_app;
