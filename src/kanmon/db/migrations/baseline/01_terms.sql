-- Tables of terms.

CREATE TABLE client (
    client_id text NOT NULL,
    legal_name text NOT NULL,
    address text NOT NULL,
    representative text NOT NULL,
    contract jsonb NOT NULL,
    loaded_at timestamptz NOT NULL,
    CONSTRAINT client_client_id_check CHECK ((client_id <> ''::text)),
    CONSTRAINT client_pkey PRIMARY KEY (client_id)
);
CREATE TRIGGER note_terms AFTER INSERT OR UPDATE ON client FOR EACH ROW EXECUTE FUNCTION note_terms('client_id');
ALTER TABLE client ENABLE ALWAYS TRIGGER note_terms;
CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR DELETE OR UPDATE ON client DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms();
ALTER TABLE client ENABLE ALWAYS TRIGGER tell_gate;
GRANT SELECT,INSERT,UPDATE ON TABLE client TO kanmon_app;

CREATE TABLE load (
    load_id int GENERATED ALWAYS AS IDENTITY,
    loaded_at timestamptz NOT NULL,
    file_name text NOT NULL,
    file_sha256 text NOT NULL,
    dataset text NOT NULL,
    rows_new bigint NOT NULL,
    rows_replaced bigint NOT NULL,
    rows_unchanged bigint NOT NULL,
    rows_refused bigint NOT NULL,
    CONSTRAINT load_pkey PRIMARY KEY (load_id)
);
GRANT SELECT,INSERT ON TABLE load TO kanmon_app;

CREATE TABLE policy_version (
    policy_id text NOT NULL,
    version_id text NOT NULL,
    language text NOT NULL,
    reading int DEFAULT 1 NOT NULL,
    effective_from timestamptz NOT NULL,
    text text NOT NULL,
    text_sha256 text NOT NULL,
    clauses jsonb NOT NULL,
    consent_valid_days int,
    loaded_at timestamptz NOT NULL,
    CONSTRAINT policy_version_pkey PRIMARY KEY (policy_id, version_id, language, reading)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON policy_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE policy_version ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON policy_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE policy_version ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR DELETE OR UPDATE ON policy_version DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms();
ALTER TABLE policy_version ENABLE ALWAYS TRIGGER tell_gate;
GRANT SELECT,INSERT ON TABLE policy_version TO kanmon_app;

CREATE TABLE season (
    season_id text NOT NULL,
    opens_at timestamptz NOT NULL,
    main_opens_at timestamptz,
    closes_at timestamptz NOT NULL,
    CONSTRAINT season_pkey PRIMARY KEY (season_id)
);
CREATE TRIGGER note_terms AFTER INSERT OR UPDATE ON season FOR EACH ROW EXECUTE FUNCTION note_terms('season_id');
ALTER TABLE season ENABLE ALWAYS TRIGGER note_terms;
CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR DELETE OR UPDATE ON season DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms();
ALTER TABLE season ENABLE ALWAYS TRIGGER tell_gate;
GRANT SELECT,INSERT,UPDATE ON TABLE season TO kanmon_app;

CREATE TABLE screen (
    screen_id text NOT NULL,
    season_id text NOT NULL,
    function text NOT NULL,
    url text,
    policy_id text NOT NULL,
    shown_from timestamptz,
    shown_to timestamptz,
    CONSTRAINT screen_pkey PRIMARY KEY (screen_id),
    CONSTRAINT screen_season_id_fkey FOREIGN KEY (season_id) REFERENCES season(season_id)
);
CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR DELETE OR UPDATE ON screen DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms();
ALTER TABLE screen ENABLE ALWAYS TRIGGER tell_gate;
GRANT SELECT,INSERT,UPDATE ON TABLE screen TO kanmon_app;

CREATE TABLE service (
    id boolean NOT NULL,
    law_profile_id text NOT NULL,
    platform jsonb NOT NULL,
    release jsonb,
    loaded_at timestamptz NOT NULL,
    CONSTRAINT service_id_check CHECK (id),
    CONSTRAINT service_pkey PRIMARY KEY (id)
);
CREATE TRIGGER note_terms AFTER INSERT OR UPDATE ON service FOR EACH ROW EXECUTE FUNCTION note_terms('');
ALTER TABLE service ENABLE ALWAYS TRIGGER note_terms;
CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR DELETE OR UPDATE ON service DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms();
ALTER TABLE service ENABLE ALWAYS TRIGGER tell_gate;
GRANT SELECT,INSERT,UPDATE ON TABLE service TO kanmon_app;

-- Like the contracts, stops are the platform's own and no client's rows: the gate reads those of the season and of the
-- whole service for every client, so row-level security has nothing to part here.
CREATE TABLE stop_act (
    act_no int GENERATED ALWAYS AS IDENTITY,
    action text NOT NULL,
    client_id text,
    season_id text,
    acted_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    person text NOT NULL,
    because text NOT NULL,
    consents_doubted boolean NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT stop_act_action_check CHECK ((action = ANY (ARRAY['stop'::text, 'resume'::text]))),
    CONSTRAINT stop_act_because_check CHECK ((because <> ''::text)),
    CONSTRAINT stop_act_check CHECK ((num_nonnulls(client_id, season_id) <= 1)),
    CONSTRAINT stop_act_check1 CHECK (((action = 'stop'::text) OR (NOT consents_doubted))),
    CONSTRAINT stop_act_person_check CHECK ((person <> ''::text)),
    CONSTRAINT stop_act_ledger_seq_key UNIQUE (ledger_seq),
    CONSTRAINT stop_act_pkey PRIMARY KEY (act_no),
    CONSTRAINT stop_act_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT stop_act_season_id_fkey FOREIGN KEY (season_id) REFERENCES season(season_id)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON stop_act FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE stop_act ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON stop_act FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE stop_act ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR DELETE OR UPDATE ON stop_act DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms();
ALTER TABLE stop_act ENABLE ALWAYS TRIGGER tell_gate;
GRANT SELECT,INSERT ON TABLE stop_act TO kanmon_app;

-- Terms are replaced when a folder is loaded; a past provision is judged by those of its own time. The database notes
-- each reading itself, so that nobody who loads can forget to. What was there before is taken as having always been.
CREATE TABLE terms_reading (
    reading_no bigint GENERATED ALWAYS AS IDENTITY,
    of_table text NOT NULL,
    name text NOT NULL,
    read_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    content jsonb NOT NULL,
    CONSTRAINT terms_reading_of_table_check CHECK ((of_table = ANY (ARRAY['service'::text, 'season'::text, 'client'::text]))),
    CONSTRAINT terms_reading_pkey PRIMARY KEY (reading_no)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON terms_reading FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE terms_reading ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON terms_reading FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE terms_reading ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE terms_reading TO kanmon_app;

-- The version grows in the transaction that changes what the gate holds in memory, at its very end: nobody waits for a
-- lock on it while holding another. Once a transaction is enough.
CREATE TABLE terms_version (
    id boolean NOT NULL,
    version bigint NOT NULL,
    changed_by bigint NOT NULL,
    CONSTRAINT terms_version_id_check CHECK (id),
    CONSTRAINT terms_version_pkey PRIMARY KEY (id)
);
GRANT SELECT ON TABLE terms_version TO kanmon_app;
