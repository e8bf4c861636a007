-- Tables of incident.

-- Like stops, incidents are the platform's own: the gate looks for a person's for every client alike, and those who are
-- told or asked are found over all clients at once. So row-level security has nothing to part here; no query of a
-- client's portal reads these tables.
-- What happened from `since` to `until`, or to when it was recorded, is looked at. Agreements of those affected count
-- only after `opened_at`. Until `computed_at`, when it is first known who they are, class U holds all in its scope.
CREATE TABLE incident (
    incident_id text NOT NULL,
    class text NOT NULL,
    title text NOT NULL,
    season_id text,
    client_id text,
    screen_id text,
    policy_version text,
    since timestamptz NOT NULL,
    until timestamptz,
    known_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    opened_by text NOT NULL,
    is_sensitive boolean NOT NULL,
    is_property boolean NOT NULL,
    is_wrongful boolean NOT NULL,
    ledger_seq bigint NOT NULL,
    set_sha256 bytea,
    computed_at timestamptz,
    closed_at timestamptz,
    CONSTRAINT incident_check CHECK ((until > since)),
    CONSTRAINT incident_check1 CHECK ((known_at <= opened_at)),
    CONSTRAINT incident_check2 CHECK ((num_nonnulls(set_sha256, computed_at) = ANY (ARRAY[0, 2]))),
    CONSTRAINT incident_check3 CHECK (((class = 'L'::text) OR (closed_at IS NULL) OR (computed_at IS NOT NULL))),
    CONSTRAINT incident_class_check CHECK ((class = ANY (ARRAY['U'::text, 'L'::text]))),
    CONSTRAINT incident_incident_id_check CHECK ((incident_id ~ '^I-[0-9]{4}-[0-9]{3,}$'::text)),
    CONSTRAINT incident_opened_by_check CHECK ((opened_by <> ''::text)),
    CONSTRAINT incident_title_check CHECK ((title <> ''::text)),
    CONSTRAINT incident_ledger_seq_key UNIQUE (ledger_seq),
    CONSTRAINT incident_pkey PRIMARY KEY (incident_id),
    CONSTRAINT incident_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT incident_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq),
    CONSTRAINT incident_season_id_fkey FOREIGN KEY (season_id) REFERENCES season(season_id)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON incident FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE incident ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON incident FOR EACH ROW EXECUTE FUNCTION allow_progress_of_incident();
ALTER TABLE incident ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR DELETE OR UPDATE ON incident DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms();
ALTER TABLE incident ENABLE ALWAYS TRIGGER tell_gate;
GRANT SELECT,INSERT ON TABLE incident TO kanmon_app;
GRANT UPDATE(set_sha256) ON TABLE incident TO kanmon_app;
GRANT UPDATE(computed_at) ON TABLE incident TO kanmon_app;
GRANT UPDATE(closed_at) ON TABLE incident TO kanmon_app;

CREATE TABLE incident_affected (
    incident_id text NOT NULL,
    member_no int NOT NULL,
    client_id text NOT NULL,
    season_id text NOT NULL,
    reason text NOT NULL,
    first_provided_at timestamptz NOT NULL,
    provisions int NOT NULL,
    CONSTRAINT incident_affected_provisions_check CHECK ((provisions >= 0)),
    CONSTRAINT incident_affected_pkey PRIMARY KEY (incident_id, member_no, client_id),
    CONSTRAINT incident_affected_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT incident_affected_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(incident_id),
    CONSTRAINT incident_affected_member_no_fkey FOREIGN KEY (member_no) REFERENCES member(member_no),
    CONSTRAINT incident_affected_season_id_fkey FOREIGN KEY (season_id) REFERENCES season(season_id)
);
CREATE INDEX incident_affected_member_no_idx ON incident_affected (member_no);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON incident_affected FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE incident_affected ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON incident_affected FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM erasure WHERE member_no = ($1).member_no)');
ALTER TABLE incident_affected ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR DELETE OR UPDATE ON incident_affected DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms();
ALTER TABLE incident_affected ENABLE ALWAYS TRIGGER tell_gate;
GRANT SELECT,INSERT ON TABLE incident_affected TO kanmon_app;

-- People who are no members any more, by their check codes. One erased after the set was computed is told for certain;
-- one erased before it, that they may be affected: nothing else leads from a code to the rows.
CREATE TABLE incident_affected_stub (
    incident_id text NOT NULL,
    code_sha256 bytea NOT NULL,
    client_name text NOT NULL,
    is_certain boolean NOT NULL,
    reason text,
    first_provided_at timestamptz,
    provisions int NOT NULL,
    CONSTRAINT incident_affected_stub_check CHECK ((is_certain = ((reason IS NOT NULL) AND (first_provided_at IS NOT NULL)))),
    CONSTRAINT incident_affected_stub_provisions_check CHECK ((provisions >= 0)),
    CONSTRAINT incident_affected_stub_pkey PRIMARY KEY (incident_id, code_sha256, client_name),
    CONSTRAINT incident_affected_stub_code_sha256_fkey FOREIGN KEY (code_sha256) REFERENCES notification_stub(code_sha256),
    CONSTRAINT incident_affected_stub_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(incident_id)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON incident_affected_stub FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE incident_affected_stub ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON incident_affected_stub FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE incident_affected_stub ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE incident_affected_stub TO kanmon_app;

CREATE TABLE incident_fact (
    incident_id text NOT NULL,
    fact_no int NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    by text NOT NULL,
    body jsonb NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT incident_fact_by_check CHECK ((by <> ''::text)),
    CONSTRAINT incident_fact_kind_check CHECK ((kind = ANY (ARRAY['estimate'::text, 'criteria'::text, 'set'::text, 'report_preliminary'::text, 'report_final'::text, 'outline'::text, 'items'::text, 'cause'::text, 'secondary_damage'::text, 'response'::text, 'publication'::text, 'prevention'::text, 'other'::text, 'notice'::text, 'published'::text, 'recall'::text, 'closed'::text]))),
    CONSTRAINT incident_fact_ledger_seq_key UNIQUE (ledger_seq),
    CONSTRAINT incident_fact_pkey PRIMARY KEY (incident_id, fact_no),
    CONSTRAINT incident_fact_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(incident_id),
    CONSTRAINT incident_fact_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON incident_fact FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE incident_fact ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON incident_fact FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE incident_fact ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE incident_fact TO kanmon_app;

-- Matters of an authority. The bytes of a paper stand beside its hash, which the ledger commits to.
CREATE TABLE authority_matter (
    matter_id text NOT NULL,
    kind text NOT NULL,
    authority text NOT NULL,
    title text NOT NULL,
    reference text NOT NULL,
    received_on date NOT NULL,
    due_on date,
    opened_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    opened_by text NOT NULL,
    reason text NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT authority_matter_authority_check CHECK ((authority <> ''::text)),
    CONSTRAINT authority_matter_check CHECK ((due_on >= received_on)),
    CONSTRAINT authority_matter_kind_check CHECK ((kind = ANY (ARRAY['hearing'::text, 'report_demand'::text, 'guidance'::text, 'recommendation'::text, 'order'::text, 'annual_report'::text]))),
    CONSTRAINT authority_matter_matter_id_check CHECK ((matter_id ~ '^M-[0-9]{4}-[0-9]{3,}$'::text)),
    CONSTRAINT authority_matter_opened_by_check CHECK ((opened_by <> ''::text)),
    CONSTRAINT authority_matter_reason_check CHECK ((reason <> ''::text)),
    CONSTRAINT authority_matter_title_check CHECK ((title <> ''::text)),
    CONSTRAINT authority_matter_ledger_seq_key UNIQUE (ledger_seq),
    CONSTRAINT authority_matter_pkey PRIMARY KEY (matter_id),
    CONSTRAINT authority_matter_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON authority_matter FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE authority_matter ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON authority_matter FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE authority_matter ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE authority_matter TO kanmon_app;

CREATE TABLE authority_matter_step (
    matter_id text NOT NULL,
    step_no int NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    by text NOT NULL,
    reason text NOT NULL,
    body jsonb NOT NULL,
    content bytea,
    ledger_seq bigint NOT NULL,
    CONSTRAINT authority_matter_step_by_check CHECK ((by <> ''::text)),
    CONSTRAINT authority_matter_step_check CHECK (((content IS NOT NULL) = (body ? 'sha256'::text))),
    CONSTRAINT authority_matter_step_check1 CHECK (((content IS NULL) OR (encode(sha256(content), 'hex'::text) = (body ->> 'sha256'::text)))),
    CONSTRAINT authority_matter_step_kind_check CHECK ((kind = ANY (ARRAY['paper'::text, 'deadline'::text, 'incident'::text, 'measure'::text, 'answer'::text, 'closed'::text]))),
    CONSTRAINT authority_matter_step_reason_check CHECK ((reason <> ''::text)),
    CONSTRAINT authority_matter_step_ledger_seq_key UNIQUE (ledger_seq),
    CONSTRAINT authority_matter_step_pkey PRIMARY KEY (matter_id, step_no),
    CONSTRAINT authority_matter_step_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq),
    CONSTRAINT authority_matter_step_matter_id_fkey FOREIGN KEY (matter_id) REFERENCES authority_matter(matter_id)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON authority_matter_step FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE authority_matter_step ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON authority_matter_step FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE authority_matter_step ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE authority_matter_step TO kanmon_app;
