-- Tables of ledger.

CREATE TABLE awaited_withdrawal (
    member_ref text NOT NULL,
    client_id text,
    lost_seq bigint NOT NULL,
    taken_at timestamptz,
    CONSTRAINT awaited_withdrawal_pkey PRIMARY KEY (lost_seq)
);
CREATE TRIGGER guard_delete BEFORE DELETE ON awaited_withdrawal FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE awaited_withdrawal ENABLE ALWAYS TRIGGER guard_delete;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON awaited_withdrawal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE awaited_withdrawal ENABLE ALWAYS TRIGGER guard_truncate;
GRANT SELECT,INSERT ON TABLE awaited_withdrawal TO kanmon_app;
GRANT UPDATE(taken_at) ON TABLE awaited_withdrawal TO kanmon_app;

-- Of these, `ledger_secret` alone holds personal data: it is what erasure deletes from.
CREATE TABLE ledger_entry (
    seq bigint NOT NULL,
    type text NOT NULL,
    entered_at timestamptz NOT NULL,
    commitment bytea NOT NULL,
    CONSTRAINT ledger_entry_commitment_check CHECK ((length(commitment) = 32)),
    CONSTRAINT ledger_entry_seq_check CHECK ((seq >= 0)),
    CONSTRAINT ledger_entry_pkey PRIMARY KEY (seq)
);
CREATE INDEX ledger_entry_type_seq_idx ON ledger_entry (type, seq);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE ledger_entry TO kanmon_app;

CREATE TABLE bound_rows (
    kind text NOT NULL,
    batch text NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT bound_rows_pkey PRIMARY KEY (ledger_seq),
    CONSTRAINT bound_rows_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq)
);
CREATE INDEX bound_rows_kind_batch_ledger_seq_idx ON bound_rows (kind, batch, ledger_seq);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON bound_rows FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE bound_rows ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON bound_rows FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE bound_rows ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE bound_rows TO kanmon_app;

CREATE TABLE ledger_checkpoint (
    size bigint NOT NULL,
    note text NOT NULL,
    signed_at timestamptz NOT NULL,
    CONSTRAINT ledger_checkpoint_size_check CHECK ((size >= 0)),
    CONSTRAINT ledger_checkpoint_pkey PRIMARY KEY (size)
);
CREATE INDEX ledger_checkpoint_size_idx ON ledger_checkpoint (size) WHERE (strpos(note, '
succeeds '::text) > 0);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON ledger_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE ledger_checkpoint ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON ledger_checkpoint FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE ledger_checkpoint ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE ledger_checkpoint TO kanmon_app;

-- The index of people, which follows from the entries: whose each is, by a label that only the ledger's key makes of an ID.
CREATE TABLE ledger_person (
    seq bigint NOT NULL,
    label bytea NOT NULL,
    before bigint,
    CONSTRAINT ledger_person_before_check CHECK ((before < seq)),
    CONSTRAINT ledger_person_label_check CHECK ((length(label) = 32)),
    CONSTRAINT ledger_person_pkey PRIMARY KEY (seq)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON ledger_person FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE ledger_person ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update BEFORE UPDATE ON ledger_person FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE ledger_person ENABLE ALWAYS TRIGGER guard_update;
GRANT SELECT,INSERT,DELETE ON TABLE ledger_person TO kanmon_app;

CREATE TABLE ledger_person_page (
    name text COLLATE "C" NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT ledger_person_page_pkey PRIMARY KEY (name)
);
ALTER TABLE ONLY ledger_person_page ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON ledger_person_page FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE ledger_person_page ENABLE ALWAYS TRIGGER guard_truncate;
GRANT SELECT,INSERT,DELETE ON TABLE ledger_person_page TO kanmon_app;
GRANT UPDATE(content) ON TABLE ledger_person_page TO kanmon_app;

CREATE TABLE ledger_secret (
    seq bigint NOT NULL,
    payload text NOT NULL,
    key bytea NOT NULL,
    CONSTRAINT ledger_secret_pkey PRIMARY KEY (seq)
);
CREATE INDEX objection_of_member ON ledger_secret ((((payload)::jsonb ->> 'member_id'::text))) WHERE ("right"(payload, 11) = 'objection"}'::text);
CREATE INDEX withdrawal_of_member ON ledger_secret ((((payload)::jsonb ->> 'member_id'::text))) WHERE starts_with(payload, '{"action":"withdraw"'::text);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON ledger_secret FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE ledger_secret ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update BEFORE UPDATE ON ledger_secret FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE ledger_secret ENABLE ALWAYS TRIGGER guard_update;
GRANT SELECT,INSERT,DELETE ON TABLE ledger_secret TO kanmon_app;

CREATE TABLE ledger_tile (
    level int NOT NULL,
    index bigint NOT NULL,
    hashes bytea NOT NULL,
    CONSTRAINT ledger_tile_hashes_check CHECK ((((length(hashes) >= 32) AND (length(hashes) <= 8192)) AND ((length(hashes) % 32) = 0))),
    CONSTRAINT ledger_tile_index_check CHECK ((index >= 0)),
    CONSTRAINT ledger_tile_level_check CHECK ((level >= 0)),
    CONSTRAINT ledger_tile_pkey PRIMARY KEY (level, index)
);
ALTER TABLE ONLY ledger_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;
CREATE TRIGGER guard_delete BEFORE DELETE ON ledger_tile FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE ledger_tile ENABLE ALWAYS TRIGGER guard_delete;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON ledger_tile FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE ledger_tile ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update BEFORE UPDATE ON ledger_tile FOR EACH ROW EXECUTE FUNCTION allow_growing();
ALTER TABLE ledger_tile ENABLE ALWAYS TRIGGER guard_update;
GRANT SELECT,INSERT ON TABLE ledger_tile TO kanmon_app;
GRANT UPDATE(hashes) ON TABLE ledger_tile TO kanmon_app;

CREATE TABLE lost_entries (
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    found_at timestamptz NOT NULL,
    accepted_seq bigint,
    CONSTRAINT lost_entries_check CHECK ((last_seq >= first_seq)),
    CONSTRAINT lost_entries_pkey PRIMARY KEY (first_seq)
);
CREATE TRIGGER guard_delete BEFORE DELETE ON lost_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE lost_entries ENABLE ALWAYS TRIGGER guard_delete;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON lost_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE lost_entries ENABLE ALWAYS TRIGGER guard_truncate;
GRANT SELECT,INSERT ON TABLE lost_entries TO kanmon_app;
GRANT UPDATE(accepted_seq) ON TABLE lost_entries TO kanmon_app;

-- What witnesses outside said of checkpoints. Nothing of it is trusted where it is kept: whoever verifies checks it.
CREATE TABLE witness_cosignature (
    size bigint NOT NULL,
    witness text NOT NULL,
    line text NOT NULL,
    cosigned_at timestamptz NOT NULL,
    CONSTRAINT witness_cosignature_pkey PRIMARY KEY (size, witness)
);
CREATE INDEX witness_cosignature_witness_size_idx ON witness_cosignature (witness, size);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON witness_cosignature FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE witness_cosignature ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON witness_cosignature FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE witness_cosignature ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE witness_cosignature TO kanmon_app;

-- The newest counts; without a note there are no witnesses from then on.
CREATE TABLE witness_policy (
    policy_no bigint GENERATED ALWAYS AS IDENTITY,
    note text,
    stated_at timestamptz NOT NULL,
    CONSTRAINT witness_policy_pkey PRIMARY KEY (policy_no)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON witness_policy FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE witness_policy ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON witness_policy FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE witness_policy ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE witness_policy TO kanmon_app;

-- How each witness answered last.
CREATE TABLE witness_answer (
    witness text NOT NULL,
    outcome text NOT NULL,
    size bigint NOT NULL,
    asked_at timestamptz NOT NULL,
    since timestamptz NOT NULL,
    CONSTRAINT witness_answer_pkey PRIMARY KEY (witness)
);
CREATE TRIGGER guard_delete BEFORE DELETE ON witness_answer FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE witness_answer ENABLE ALWAYS TRIGGER guard_delete;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON witness_answer FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE witness_answer ENABLE ALWAYS TRIGGER guard_truncate;
GRANT SELECT,INSERT ON TABLE witness_answer TO kanmon_app;
GRANT UPDATE(outcome,size,asked_at,since) ON TABLE witness_answer TO kanmon_app;

-- What a witness holds against the log; a note with the log's own signature is evidence, without one it is a word.
CREATE TABLE witness_conflict (
    witness text NOT NULL,
    kind text NOT NULL,
    size bigint NOT NULL,
    note text,
    found_at timestamptz NOT NULL,
    CONSTRAINT witness_conflict_pkey PRIMARY KEY (witness, kind, size)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON witness_conflict FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE witness_conflict ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON witness_conflict FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE witness_conflict ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE witness_conflict TO kanmon_app;
