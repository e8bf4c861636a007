-- Tables of mail.

-- A letter is handed over at most once. That it was begun is kept before the first byte leaves; one that was begun and
-- never ended is in doubt, and is not begun again.
-- A letter in doubt has ended, and so it stays, but for what a person decides: each decision stands in the row for good.
CREATE TABLE mail (
    mail_no bigint GENERATED ALWAYS AS IDENTITY,
    incident_id text NOT NULL,
    member_no int NOT NULL,
    address text,
    subject text NOT NULL,
    body text NOT NULL,
    written_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    begun_at timestamptz,
    ended_at timestamptz,
    outcome text,
    said text,
    waits_until timestamptz,
    read_at timestamptz,
    settlements jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT mail_address_check CHECK ((address <> ''::text)),
    CONSTRAINT mail_body_check CHECK ((body <> ''::text)),
    CONSTRAINT mail_check CHECK (((ended_at IS NULL) = (outcome IS NULL))),
    CONSTRAINT mail_check1 CHECK (((address IS NULL) = COALESCE((outcome = 'unreachable'::text), false))),
    CONSTRAINT mail_check2 CHECK (((outcome IS NULL) OR (outcome = 'unreachable'::text) OR (begun_at IS NOT NULL))),
    CONSTRAINT mail_outcome_check CHECK ((outcome = ANY (ARRAY['handed_over'::text, 'refused'::text, 'unreachable'::text, 'invalid_address'::text, 'in_doubt'::text]))),
    CONSTRAINT mail_subject_check CHECK ((subject <> ''::text)),
    CONSTRAINT mail_incident_id_member_no_key UNIQUE (incident_id, member_no),
    CONSTRAINT mail_pkey PRIMARY KEY (mail_no),
    CONSTRAINT mail_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(incident_id),
    CONSTRAINT mail_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq),
    CONSTRAINT mail_member_no_fkey FOREIGN KEY (member_no) REFERENCES member(member_no)
);
CREATE INDEX mail_mail_no_idx ON mail (mail_no) WHERE (ended_at IS NULL);
CREATE INDEX mail_member_no_idx ON mail (member_no);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON mail FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE mail ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON mail FOR EACH ROW EXECUTE FUNCTION allow_progress_of_mail();
ALTER TABLE mail ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE mail TO kanmon_app;
GRANT UPDATE(begun_at) ON TABLE mail TO kanmon_app;
GRANT UPDATE(ended_at) ON TABLE mail TO kanmon_app;
GRANT UPDATE(outcome) ON TABLE mail TO kanmon_app;
GRANT UPDATE(said) ON TABLE mail TO kanmon_app;
GRANT UPDATE(waits_until) ON TABLE mail TO kanmon_app;
GRANT UPDATE(read_at) ON TABLE mail TO kanmon_app;
GRANT UPDATE(settlements) ON TABLE mail TO kanmon_app;
