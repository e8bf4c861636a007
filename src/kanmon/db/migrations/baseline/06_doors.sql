-- Tables of doors.

-- An account stands for one person of the board, one client's staff, or a privacy owner: never for two of them.
CREATE TABLE account (
    account_no int GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    role text NOT NULL,
    member_no int,
    client_id text,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    staff_person text,
    closed_at timestamptz,
    CONSTRAINT account_check CHECK (((role = 'person'::text) = (member_no IS NOT NULL))),
    CONSTRAINT account_check1 CHECK (((role = 'client'::text) = (client_id IS NOT NULL))),
    CONSTRAINT account_name_check CHECK ((name <> ''::text)),
    CONSTRAINT account_role_check CHECK ((role = ANY (ARRAY['person'::text, 'client'::text, 'privacy_owner'::text, 'author'::text, 'operator'::text, 'student_advocate'::text, 'legal'::text]))),
    CONSTRAINT account_staff_person_check CHECK ((staff_person <> ''::text)),
    CONSTRAINT account_member_no_key UNIQUE (member_no),
    CONSTRAINT account_name_key UNIQUE (name),
    CONSTRAINT account_pkey PRIMARY KEY (account_no),
    CONSTRAINT account_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT account_member_no_fkey FOREIGN KEY (member_no) REFERENCES member(member_no)
);
GRANT SELECT,INSERT ON TABLE account TO kanmon_app;
GRANT UPDATE(password_hash) ON TABLE account TO kanmon_app;
GRANT UPDATE(closed_at) ON TABLE account TO kanmon_app;

-- `account_no` refers to no table: what was done to an account stays when the account of an erased person is gone.
CREATE TABLE account_act (
    act_no bigint GENERATED ALWAYS AS IDENTITY,
    account_no int NOT NULL,
    act text NOT NULL,
    acted_by text NOT NULL,
    because text NOT NULL,
    acted_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT account_act_act_check CHECK ((act = ANY (ARRAY['add'::text, 'bind'::text, 'close'::text, 'reset'::text, 'end_sessions'::text]))),
    CONSTRAINT account_act_acted_by_check CHECK ((acted_by <> ''::text)),
    CONSTRAINT account_act_because_check CHECK ((because <> ''::text)),
    CONSTRAINT account_act_pkey PRIMARY KEY (act_no),
    CONSTRAINT account_act_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON account_act FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE account_act ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON account_act FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE account_act ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE account_act TO kanmon_app;

-- The client-made ID makes sending again harmless; the hash tells the same event from another one under its ID.
CREATE TABLE api_key (
    key_no int GENERATED ALWAYS AS IDENTITY,
    label text NOT NULL,
    key_sha256 bytea NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    may text[] DEFAULT '{events}'::text[] NOT NULL,
    client_id text,
    CONSTRAINT api_key_label_check CHECK ((label <> ''::text)),
    CONSTRAINT api_key_may_check CHECK ((may <> '{}'::text[])),
    CONSTRAINT api_key_key_sha256_key UNIQUE (key_sha256),
    CONSTRAINT api_key_label_key UNIQUE (label),
    CONSTRAINT api_key_pkey PRIMARY KEY (key_no)
);
GRANT SELECT,INSERT ON TABLE api_key TO kanmon_app;
GRANT UPDATE(revoked_at) ON TABLE api_key TO kanmon_app;

CREATE TABLE oidc_identity (
    identity_no int GENERATED ALWAYS AS IDENTITY,
    account_no int NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    bound_at timestamptz NOT NULL,
    CONSTRAINT oidc_identity_issuer_check CHECK ((issuer <> ''::text)),
    CONSTRAINT oidc_identity_subject_check CHECK ((subject <> ''::text)),
    CONSTRAINT oidc_identity_issuer_subject_key UNIQUE (issuer, subject),
    CONSTRAINT oidc_identity_pkey PRIMARY KEY (identity_no),
    CONSTRAINT oidc_identity_account_no_fkey FOREIGN KEY (account_no) REFERENCES account(account_no) ON DELETE CASCADE
);
CREATE INDEX oidc_identity_account_no_idx ON oidc_identity (account_no);
GRANT SELECT,INSERT,DELETE ON TABLE oidc_identity TO kanmon_app;

-- A login and a challenge are deleted by whoever uses them: that a row goes once is that they are used once.
CREATE TABLE oidc_login (
    state_sha256 bytea NOT NULL,
    browser_sha256 bytea NOT NULL,
    nonce text NOT NULL,
    verifier text NOT NULL,
    account_no int,
    ends_at timestamptz NOT NULL,
    CONSTRAINT oidc_login_pkey PRIMARY KEY (state_sha256),
    CONSTRAINT oidc_login_account_no_fkey FOREIGN KEY (account_no) REFERENCES account(account_no) ON DELETE CASCADE
);
GRANT SELECT,INSERT,DELETE ON TABLE oidc_login TO kanmon_app;

CREATE TABLE passkey (
    credential_id bytea NOT NULL,
    account_no int NOT NULL,
    name text NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    registered_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT passkey_name_check CHECK ((name <> ''::text)),
    CONSTRAINT passkey_pkey PRIMARY KEY (credential_id),
    CONSTRAINT passkey_account_no_fkey FOREIGN KEY (account_no) REFERENCES account(account_no) ON DELETE CASCADE
);
CREATE INDEX passkey_account_no_idx ON passkey (account_no);
GRANT SELECT,INSERT,DELETE ON TABLE passkey TO kanmon_app;
GRANT UPDATE(sign_count) ON TABLE passkey TO kanmon_app;
GRANT UPDATE(used_at) ON TABLE passkey TO kanmon_app;

CREATE TABLE passkey_challenge (
    challenge_sha256 bytea NOT NULL,
    account_no int,
    ends_at timestamptz NOT NULL,
    CONSTRAINT passkey_challenge_pkey PRIMARY KEY (challenge_sha256),
    CONSTRAINT passkey_challenge_account_no_fkey FOREIGN KEY (account_no) REFERENCES account(account_no) ON DELETE CASCADE
);
GRANT SELECT,INSERT,DELETE ON TABLE passkey_challenge TO kanmon_app;

CREATE TABLE received_event (
    event_no bigint GENERATED ALWAYS AS IDENTITY,
    key_no int NOT NULL,
    event_id text NOT NULL,
    content_sha256 bytea NOT NULL,
    event jsonb,
    received_at timestamptz NOT NULL,
    collected_at timestamptz,
    fault text,
    CONSTRAINT received_event_check CHECK (((event IS NULL) = ((collected_at IS NOT NULL) AND (fault IS NULL)))),
    CONSTRAINT received_event_key_no_event_id_key UNIQUE (key_no, event_id),
    CONSTRAINT received_event_pkey PRIMARY KEY (event_no),
    CONSTRAINT received_event_key_no_fkey FOREIGN KEY (key_no) REFERENCES api_key(key_no)
);
CREATE INDEX received_event_event_no_idx ON received_event (event_no) WHERE (collected_at IS NULL);
GRANT SELECT,INSERT ON TABLE received_event TO kanmon_app;
GRANT UPDATE(event) ON TABLE received_event TO kanmon_app;
GRANT UPDATE(collected_at) ON TABLE received_event TO kanmon_app;
GRANT UPDATE(fault) ON TABLE received_event TO kanmon_app;

-- What is counted for a minute need not outlive a crash, and shall cost no request a write to the log.
CREATE UNLOGGED TABLE request_count (
    counted text NOT NULL,
    whose_sha256 bytea NOT NULL,
    amount bigint NOT NULL,
    ends_at timestamptz NOT NULL,
    CONSTRAINT request_count_pkey PRIMARY KEY (counted, whose_sha256)
);
CREATE INDEX request_count_ends_at_idx ON request_count (ends_at);
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE request_count TO kanmon_app;

CREATE TABLE score_read (
    read_no bigint GENERATED ALWAYS AS IDENTITY,
    account_no int NOT NULL,
    purpose text NOT NULL,
    subject text NOT NULL,
    read_at timestamptz NOT NULL,
    CONSTRAINT score_read_purpose_check CHECK ((purpose = ANY (ARRAY['own_data'::text, 'report'::text]))),
    CONSTRAINT score_read_pkey PRIMARY KEY (read_no),
    CONSTRAINT score_read_account_no_fkey FOREIGN KEY (account_no) REFERENCES account(account_no)
);
CREATE INDEX score_read_subject_read_at_idx ON score_read (subject, read_at);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON score_read FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE score_read ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON score_read FOR EACH ROW EXECUTE FUNCTION allow_erasing_reads();
ALTER TABLE score_read ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE score_read TO kanmon_app;

CREATE TABLE sign_in_failure (
    name_sha256 bytea NOT NULL,
    occurred_at timestamptz NOT NULL
);
CREATE INDEX sign_in_failure_name_sha256_occurred_at_idx ON sign_in_failure (name_sha256, occurred_at);
GRANT SELECT,INSERT,DELETE ON TABLE sign_in_failure TO kanmon_app;

CREATE TABLE sign_in_session (
    token_sha256 bytea NOT NULL,
    account_no int NOT NULL,
    begun_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    way text NOT NULL,
    seen_at timestamptz NOT NULL,
    CONSTRAINT sign_in_session_way_check CHECK ((way = ANY (ARRAY['password'::text, 'oidc'::text, 'passkey'::text]))),
    CONSTRAINT sign_in_session_pkey PRIMARY KEY (token_sha256),
    CONSTRAINT sign_in_session_account_no_fkey FOREIGN KEY (account_no) REFERENCES account(account_no)
);
CREATE INDEX sign_in_session_account_no_idx ON sign_in_session (account_no);
GRANT SELECT,INSERT,DELETE ON TABLE sign_in_session TO kanmon_app;
GRANT UPDATE(seen_at) ON TABLE sign_in_session TO kanmon_app;
