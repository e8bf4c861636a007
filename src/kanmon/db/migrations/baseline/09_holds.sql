-- Tables of holds.

-- Like stops, holds are the platform's own and no client's rows: the gate reads them for every client. A hold without a
-- member and an applicant is an alert: somebody may have said no, and nobody can tell who.
CREATE TABLE consent_hold (
    hold_no bigint GENERATED ALWAYS AS IDENTITY,
    row_sha256 bytea NOT NULL,
    member_no int,
    applicant_no int,
    client_id text,
    dataset text NOT NULL,
    source text NOT NULL,
    file_sha256 text NOT NULL,
    line bigint,
    written text NOT NULL,
    at_column text NOT NULL,
    fault text NOT NULL,
    named text,
    action text,
    moment timestamptz,
    screen_id text,
    text_sha256 text,
    is_client_read boolean NOT NULL,
    after_no bigint NOT NULL,
    held_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL,
    ended_at timestamptz,
    ended_real_at timestamptz,
    ended_by text,
    because text,
    consent_no bigint,
    end_seq bigint,
    CONSTRAINT consent_hold_because_check CHECK ((because <> ''::text)),
    CONSTRAINT consent_hold_check CHECK ((num_nonnulls(member_no, applicant_no) <= 1)),
    CONSTRAINT consent_hold_check1 CHECK ((num_nonnulls(ended_at, ended_real_at, end_seq) = ANY (ARRAY[0, 3]))),
    CONSTRAINT consent_hold_check2 CHECK ((num_nonnulls(ended_by, because) = ANY (ARRAY[0, 2]))),
    CONSTRAINT consent_hold_check3 CHECK (((ended_at IS NOT NULL) OR (num_nonnulls(ended_by, because, consent_no) = 0))),
    CONSTRAINT consent_hold_ended_by_check CHECK ((ended_by <> ''::text)),
    CONSTRAINT consent_hold_pkey PRIMARY KEY (hold_no),
    CONSTRAINT consent_hold_client_id_fkey FOREIGN KEY (client_id) REFERENCES client(client_id),
    CONSTRAINT consent_hold_end_seq_fkey FOREIGN KEY (end_seq) REFERENCES ledger_entry(seq),
    CONSTRAINT consent_hold_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq),
    CONSTRAINT consent_hold_member_no_fkey FOREIGN KEY (member_no) REFERENCES member(member_no)
);
-- What a hold says never changes. It ends once; an alert may find its member once; and what was written goes with an
-- erased person.
CREATE FUNCTION names_erased(hold consent_hold) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
    SELECT EXISTS (
        SELECT FROM member JOIN erasure USING (member_no)
        WHERE member_no = hold.member_no
            OR canonical_id(member_id) = hold.named OR position(member_id IN hold.written) > 0
    ) OR EXISTS (SELECT FROM erased_applicant e WHERE e.applicant_no = hold.applicant_no)
$$;
CREATE INDEX consent_hold_applicant_no_idx ON consent_hold (applicant_no) WHERE (ended_at IS NULL);
CREATE INDEX consent_hold_member_no_idx ON consent_hold (member_no) WHERE (ended_at IS NULL);
CREATE INDEX consent_hold_row_sha256_idx ON consent_hold (row_sha256);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON consent_hold FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE consent_hold ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON consent_hold FOR EACH ROW EXECUTE FUNCTION allow_settling_hold();
ALTER TABLE consent_hold ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT,INSERT ON TABLE consent_hold TO kanmon_app;
GRANT UPDATE(member_no) ON TABLE consent_hold TO kanmon_app;
GRANT UPDATE(ended_at) ON TABLE consent_hold TO kanmon_app;
GRANT UPDATE(ended_real_at) ON TABLE consent_hold TO kanmon_app;
GRANT UPDATE(ended_by) ON TABLE consent_hold TO kanmon_app;
GRANT UPDATE(because) ON TABLE consent_hold TO kanmon_app;
GRANT UPDATE(consent_no) ON TABLE consent_hold TO kanmon_app;
GRANT UPDATE(end_seq) ON TABLE consent_hold TO kanmon_app;
