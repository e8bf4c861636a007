-- Tables of evidence.

-- The unique index is also the one the gate reads by: all it asks of an act lies in it, in the order it asks for.
-- Evidence has few foreign keys: eight million look-ups at a load would check what the merge has just joined.
-- `occurred_at` is the earliest moment that an act may have happened at, `latest_at` the last where that is another one.
-- `known_at` is when the file was read that brought it; null where the board recorded it here.
-- `given_by` and `relation` tell an act of a legal representative, and by what right it was one; null where nobody says.
-- `answer_sha256` covers the answer that an act was recorded from, and the text that was served for it.
CREATE TABLE consent_act (
    consent_no bigint GENERATED ALWAYS AS IDENTITY,
    member_no int NOT NULL,
    occurred_at timestamptz NOT NULL,
    screen_id text NOT NULL,
    text_no int NOT NULL,
    action text NOT NULL,
    client_id text,
    refusable boolean,
    given_by text,
    relation text,
    revision int DEFAULT 0 NOT NULL,
    load_id int,
    entry_seq bigint,
    latest_at timestamptz,
    known_at timestamptz,
    answer_sha256 text,
    CONSTRAINT came_from_somewhere CHECK ((num_nonnulls(load_id, entry_seq) = 1)),
    CONSTRAINT consent_act_action_check CHECK ((action = ANY (ARRAY['accept'::text, 'refuse'::text, 'withdraw'::text]))),
    CONSTRAINT consent_act_check CHECK ((latest_at > occurred_at)),
    CONSTRAINT consent_act_given_by_check CHECK ((given_by = ANY (ARRAY['person'::text, 'representative'::text]))),
    CONSTRAINT consent_act_relation_check CHECK ((relation = ANY (ARRAY['parent'::text, 'guardian'::text]))),
    CONSTRAINT consent_act_member_no_occurred_at_screen_id_text_no_action__key UNIQUE NULLS NOT DISTINCT (member_no, occurred_at, screen_id, text_no, action, client_id, revision, latest_at) INCLUDE (consent_no, refusable, known_at, given_by, relation),
    CONSTRAINT consent_act_pkey PRIMARY KEY (consent_no)
);
CREATE UNIQUE INDEX consent_act_entry_seq_idx ON consent_act (entry_seq) WHERE (entry_seq IS NOT NULL);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON consent_act FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE consent_act ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON consent_act FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM erasure WHERE member_no = ($1).member_no)');
ALTER TABLE consent_act ENABLE ALWAYS TRIGGER guard_update_or_delete;
CREATE TRIGGER require_entry BEFORE INSERT ON consent_act FOR EACH ROW WHEN ((new.entry_seq IS NOT NULL)) EXECUTE FUNCTION require_entry();
ALTER TABLE consent_act ENABLE ALWAYS TRIGGER require_entry;
GRANT SELECT,INSERT ON TABLE consent_act TO kanmon_app;

-- A token is known by its hash alone. An agreement uses up its text; a refusal may come again, and counts each time.
CREATE TABLE served_text (
    served_no bigint GENERATED ALWAYS AS IDENTITY,
    token_sha256 bytea NOT NULL,
    screen_id text NOT NULL,
    policy_id text NOT NULL,
    version_id text NOT NULL,
    language text NOT NULL,
    text_sha256 text NOT NULL,
    member_id text,
    visitor_id text,
    served_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT served_text_check CHECK ((num_nonnulls(member_id, visitor_id) = 1)),
    CONSTRAINT served_text_pkey PRIMARY KEY (served_no),
    CONSTRAINT served_text_token_sha256_key UNIQUE (token_sha256),
    CONSTRAINT served_text_screen_id_fkey FOREIGN KEY (screen_id) REFERENCES screen(screen_id)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON served_text FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE served_text ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON served_text FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM member JOIN erasure USING (member_no) WHERE member_id = ($1).member_id) OR (($1).visitor_id IS NOT NULL AND NOT EXISTS (SELECT FROM consent_answer a WHERE a.served_no = ($1).served_no))');
ALTER TABLE served_text ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE served_text TO kanmon_app;

CREATE TABLE consent_answer (
    answer_no bigint GENERATED ALWAYS AS IDENTITY,
    key_no int NOT NULL,
    act_id text NOT NULL,
    content_sha256 bytea NOT NULL,
    action text NOT NULL,
    member_id text NOT NULL,
    screen_id text NOT NULL,
    client_id text,
    served_no bigint,
    shown_sha256 text,
    rendered_sha256 text,
    consent_no bigint,
    refusal text,
    answered_at timestamptz NOT NULL,
    salt bytea,
    page_check text,
    CONSTRAINT consent_answer_action_check CHECK ((action = ANY (ARRAY['accept'::text, 'refuse'::text, 'withdraw'::text]))),
    CONSTRAINT consent_answer_check CHECK ((num_nonnulls(consent_no, refusal) = 1)),
    CONSTRAINT consent_answer_check1 CHECK (((action <> 'accept'::text) OR (consent_no IS NULL) OR (served_no IS NOT NULL))),
    CONSTRAINT consent_answer_key_no_act_id_key UNIQUE (key_no, act_id),
    CONSTRAINT consent_answer_pkey PRIMARY KEY (answer_no),
    CONSTRAINT consent_answer_consent_no_fkey FOREIGN KEY (consent_no) REFERENCES consent_act(consent_no),
    CONSTRAINT consent_answer_served_no_fkey FOREIGN KEY (served_no) REFERENCES served_text(served_no)
);
CREATE INDEX consent_answer_consent_no_idx ON consent_answer (consent_no);
CREATE UNIQUE INDEX consent_answer_consent_no_idx1 ON consent_answer (consent_no) WHERE (action <> 'withdraw'::text);
CREATE UNIQUE INDEX consent_answer_served_no_idx ON consent_answer (served_no) WHERE ((action = 'accept'::text) AND (consent_no IS NOT NULL));
CREATE INDEX consent_answer_served_no_idx1 ON consent_answer (served_no);
CREATE INDEX consent_answer_disagreeing ON consent_answer (answered_at) WHERE (page_check = 'disagrees'::text);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON consent_answer FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE consent_answer ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON consent_answer FOR EACH ROW EXECUTE FUNCTION allow_erasing_answers();
ALTER TABLE consent_answer ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE consent_answer TO kanmon_app;

-- Proves that a report of rendered words comes from a page for which words were served. It names nobody, ends in whole
-- hours, and is worth nothing after a crash: then reports prove less.
CREATE UNLOGGED TABLE rendering_ticket (
    ticket_sha256 bytea NOT NULL,
    screen_id text NOT NULL,
    language text NOT NULL,
    version_id text NOT NULL,
    text_sha256 text NOT NULL,
    is_used boolean NOT NULL,
    ends_at timestamptz NOT NULL,
    CONSTRAINT rendering_ticket_pkey PRIMARY KEY (ticket_sha256)
);
CREATE INDEX rendering_ticket_ends_at_idx ON rendering_ticket (ends_at);
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE rendering_ticket TO kanmon_app;

-- What browsers rendered, by hour: counts, kept for 90 days. A hash is empty for words beyond those told apart.
CREATE TABLE rendered_words (
    screen_id text NOT NULL,
    reported_in timestamptz NOT NULL,
    text_sha256 text NOT NULL,
    language text NOT NULL,
    version_id text NOT NULL,
    is_right boolean NOT NULL,
    is_known boolean NOT NULL,
    proven bigint NOT NULL,
    unproven bigint NOT NULL,
    CONSTRAINT rendered_words_check CHECK (((proven >= 0) AND (unproven >= 0))),
    CONSTRAINT rendered_words_pkey PRIMARY KEY (screen_id, reported_in, text_sha256, language, version_id, is_right),
    CONSTRAINT rendered_words_screen_id_fkey FOREIGN KEY (screen_id) REFERENCES screen(screen_id)
);
CREATE INDEX rendered_words_reported_in_idx ON rendered_words (reported_in);
CREATE INDEX rendered_words_wrong ON rendered_words (reported_in) WHERE (NOT is_right);
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE rendered_words TO kanmon_app;

CREATE TABLE consent_correction (
    old_no bigint NOT NULL,
    new_no bigint NOT NULL,
    CONSTRAINT consent_correction_check CHECK ((old_no <> new_no)),
    CONSTRAINT consent_correction_new_no_key UNIQUE (new_no),
    CONSTRAINT consent_correction_pkey PRIMARY KEY (old_no),
    CONSTRAINT consent_correction_new_no_fkey FOREIGN KEY (new_no) REFERENCES consent_act(consent_no),
    CONSTRAINT consent_correction_old_no_fkey FOREIGN KEY (old_no) REFERENCES consent_act(consent_no)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON consent_correction FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE consent_correction ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON consent_correction FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM consent_act JOIN erasure USING (member_no) WHERE consent_no IN (($1).old_no, ($1).new_no))');
ALTER TABLE consent_correction ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE consent_correction TO kanmon_app;

CREATE TABLE consent_entry (
    consent_no bigint NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT consent_entry_ledger_seq_key UNIQUE (ledger_seq),
    CONSTRAINT consent_entry_pkey PRIMARY KEY (consent_no),
    CONSTRAINT consent_entry_consent_no_fkey FOREIGN KEY (consent_no) REFERENCES consent_act(consent_no)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON consent_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE consent_entry ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON consent_entry FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM consent_act JOIN erasure USING (member_no) WHERE consent_no = ($1).consent_no)');
ALTER TABLE consent_entry ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE consent_entry TO kanmon_app;

CREATE TABLE consent_seal (
    member_no int NOT NULL,
    numbers bigint[] NOT NULL,
    seal bytea NOT NULL,
    CONSTRAINT consent_seal_pkey PRIMARY KEY (member_no)
);
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE consent_seal TO kanmon_app;

CREATE TABLE displayed_text (
    text_no int GENERATED ALWAYS AS IDENTITY,
    text_sha256 text NOT NULL,
    CONSTRAINT displayed_text_pkey PRIMARY KEY (text_no),
    CONSTRAINT displayed_text_text_sha256_key UNIQUE (text_sha256)
);
CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR DELETE OR UPDATE ON displayed_text DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms();
ALTER TABLE displayed_text ENABLE ALWAYS TRIGGER tell_gate;
GRANT SELECT,INSERT ON TABLE displayed_text TO kanmon_app;

CREATE TABLE member (
    member_no int NOT NULL,
    member_id text NOT NULL,
    season_id text NOT NULL,
    registered_at timestamptz NOT NULL,
    family_name text,
    given_name text,
    family_kana text,
    given_kana text,
    birth_date date,
    email text,
    university text,
    phone text,
    last_registered_at timestamptz,
    CONSTRAINT member_member_id_key UNIQUE (member_id),
    CONSTRAINT member_pkey PRIMARY KEY (member_no),
    CONSTRAINT member_season_id_fkey FOREIGN KEY (season_id) REFERENCES season(season_id)
);
CREATE TRIGGER keep_last_registration BEFORE UPDATE ON member FOR EACH ROW WHEN (((new.registered_at IS DISTINCT FROM old.registered_at) OR (new.last_registered_at IS DISTINCT FROM old.last_registered_at))) EXECUTE FUNCTION keep_last_registration();
ALTER TABLE member ENABLE ALWAYS TRIGGER keep_last_registration;
GRANT SELECT,INSERT,UPDATE ON TABLE member TO kanmon_app;

CREATE TABLE notice (
    member_no int NOT NULL,
    occurred_at timestamptz NOT NULL,
    kind text NOT NULL,
    client_id text,
    CONSTRAINT notice_member_no_occurred_at_kind_client_id_key UNIQUE NULLS NOT DISTINCT (member_no, occurred_at, kind, client_id),
    CONSTRAINT notice_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT notice_member_no_fkey FOREIGN KEY (member_no) REFERENCES member(member_no)
);
CREATE INDEX notice_occurred_at_idx ON notice (occurred_at) WHERE (kind = 'scoring'::text);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON notice FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE notice ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON notice FOR EACH ROW EXECUTE FUNCTION allow_erasing('EXISTS (SELECT FROM erasure WHERE member_no = ($1).member_no)');
ALTER TABLE notice ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE notice TO kanmon_app;

CREATE TABLE notice_seal (
    member_no int NOT NULL,
    number int NOT NULL,
    seal bytea NOT NULL,
    CONSTRAINT notice_seal_pkey PRIMARY KEY (member_no)
);
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notice_seal TO kanmon_app;

CREATE TABLE rendering (
    screen_id text NOT NULL,
    occurred_at timestamptz NOT NULL,
    text_no int NOT NULL,
    verified_by text,
    CONSTRAINT rendering_pkey PRIMARY KEY (screen_id, occurred_at, text_no),
    CONSTRAINT rendering_screen_id_fkey FOREIGN KEY (screen_id) REFERENCES screen(screen_id),
    CONSTRAINT rendering_text_no_fkey FOREIGN KEY (text_no) REFERENCES displayed_text(text_no)
);
CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR DELETE OR UPDATE ON rendering DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms();
ALTER TABLE rendering ENABLE ALWAYS TRIGGER tell_gate;
GRANT SELECT,INSERT,UPDATE ON TABLE rendering TO kanmon_app;
