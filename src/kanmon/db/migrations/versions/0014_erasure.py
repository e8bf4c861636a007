"""Erasure: who asked for it, how far it has come, what recipients are asked to erase; and the one way past the guards.

What is append-only stays so for everybody whose erasure was not recorded. The app still has no right to delete from
those tables: it calls the functions below, and the guards let pass just the rows of the people whom `erasure` names.
"""

from alembic import op

revision = "0014"
down_revision = "0013"

# Numbers and hashes only. `code_sha256` knows the person again who comes with the code, or a file that names the
# member: without the key outside of this database, nobody can tell from it who the person was.
TABLES = """
CREATE TABLE erasure (
    erasure_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_no int NOT NULL UNIQUE REFERENCES member,
    code_sha256 bytea NOT NULL UNIQUE,
    person_sha256 bytea NOT NULL,
    requested_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    is_replay boolean NOT NULL,
    ledger_seq bigint NOT NULL REFERENCES ledger_entry
);
CREATE TABLE erasure_step (
    erasure_no int REFERENCES erasure,
    step text,
    done_at timestamptz NOT NULL,
    ledger_seq bigint REFERENCES ledger_entry,
    PRIMARY KEY (erasure_no, step)
);
CREATE TABLE erased_applicant (
    applicant_no int PRIMARY KEY,
    client_id text NOT NULL REFERENCES client,
    season_id text NOT NULL REFERENCES season,
    erasure_no int NOT NULL REFERENCES erasure,
    was_provided boolean NOT NULL,
    is_gone boolean NOT NULL DEFAULT false
);
CREATE INDEX ON erased_applicant (client_id, erasure_no);
CREATE TABLE erasure_rendering (
    provision_id text PRIMARY KEY,
    client_id text NOT NULL,
    FOREIGN KEY (client_id, provision_id) REFERENCES provision (client_id, provision_id)
);
CREATE TABLE erasure_request (
    request_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id text NOT NULL REFERENCES client,
    erasure_no int NOT NULL REFERENCES erasure,
    requested_at timestamptz NOT NULL,
    due_on date NOT NULL,
    UNIQUE (client_id, erasure_no),
    UNIQUE (client_id, request_no)
);
CREATE TABLE erasure_certificate (
    request_no int PRIMARY KEY,
    client_id text NOT NULL,
    certified_at timestamptz NOT NULL,
    certified_by text NOT NULL,
    sub_processors text NOT NULL,
    ledger_seq bigint NOT NULL REFERENCES ledger_entry,
    FOREIGN KEY (client_id, request_no) REFERENCES erasure_request (client_id, request_no)
);
CREATE TABLE model_training (
    model_id text,
    client_id text NOT NULL,
    applicant_no int,
    PRIMARY KEY (model_id, applicant_no),
    FOREIGN KEY (client_id, model_id) REFERENCES prediction_model (client_id, model_id)
);
"""

RULES = """
CREATE FUNCTION allow_erasing() RETURNS trigger LANGUAGE plpgsql SET search_path = kanmon, pg_temp AS $$
DECLARE
    is_of_erased boolean := false;
BEGIN
    IF TG_OP = 'DELETE' THEN
        EXECUTE 'SELECT ' || TG_ARGV[0] INTO is_of_erased USING OLD;
    END IF;
    IF is_of_erased THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'table % is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
COMMENT ON FUNCTION allow_erasing IS 'Lets a row of an erased person go, by a condition on it; nothing else.';

CREATE FUNCTION allow_erasing_reads() RETURNS trigger LANGUAGE plpgsql SET search_path = kanmon, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM account JOIN erasure USING (member_no) WHERE account_no = OLD.account_no
    ) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.subject = '' AND EXISTS (
        SELECT FROM member JOIN erasure USING (member_no) WHERE member_id = OLD.subject
    ) THEN
        OLD.subject := NEW.subject;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table score_read is append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION learned_from_erased(model text, client text, season text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = kanmon, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM erased_applicant e
        WHERE e.client_id = client AND e.season_id = season AND (
            EXISTS (SELECT FROM model_training t WHERE (t.model_id, t.applicant_no) = (model, e.applicant_no))
            OR NOT EXISTS (SELECT FROM model_training t WHERE t.model_id = model)
        )
    )
$$;
COMMENT ON FUNCTION learned_from_erased IS 'A model whose training set nobody recorded may have learned from anybody.';

CREATE FUNCTION allow_erasing_artefact() RETURNS trigger LANGUAGE plpgsql SET search_path = kanmon, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.artefact IS NOT NULL AND NEW.artefact IS NULL
        AND learned_from_erased(OLD.model_id, OLD.client_id, OLD.season_id) THEN
        OLD.artefact := NULL;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table prediction_model is append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION erased_report(said jsonb, whose text, season text) RETURNS jsonb LANGUAGE sql STABLE
SET search_path = kanmon, pg_temp AS $$
    SELECT jsonb_set(said, '{rows}', coalesce(jsonb_agg(
        CASE WHEN e.applicant_no IS NULL THEN r.line ELSE r.line || '{"score": null, "category": null}' END
        ORDER BY r.place
    ) FILTER (WHERE e.is_gone IS NOT TRUE), '[]'))
    FROM jsonb_array_elements(said -> 'rows') WITH ORDINALITY r (line, place)
    LEFT JOIN (
        SELECT a.applicant_id, a.applicant_no, e.is_gone FROM applicant a JOIN erased_applicant e USING (applicant_no)
        WHERE a.client_id = whose AND a.season_id = season
    ) e ON e.applicant_id = r.line ->> 'applicant_id'
$$;
COMMENT ON FUNCTION erased_report IS 'A report in which an erased person has no score, like any other without one.';

CREATE OR REPLACE FUNCTION allow_handing_over_once() RETURNS trigger LANGUAGE plpgsql
SET search_path = kanmon, pg_temp AS $$
BEGIN
    IF OLD.handed_over_at IS NULL AND NEW.handed_over_at IS NOT NULL THEN
        OLD.handed_over_at := NEW.handed_over_at;
    ELSIF OLD.report <> NEW.report AND NEW.report = erased_report(OLD.report, OLD.client_id, OLD.season_id) THEN
        OLD.report := NEW.report;
    ELSE
        OLD.provision_id := NULL;
    END IF;
    IF OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'table provision is append-only: only handed_over_at may be set, once'
        USING ERRCODE = 'restrict_violation';
END $$;
"""

# Each acts for the client that the transaction acts for, under its row-level security like everybody.
DEEDS = """
CREATE FUNCTION erase_of_client(erasing int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kanmon, pg_temp AS $$
DECLARE
    mine int[] := (SELECT coalesce(array_agg(applicant_no), '{}') FROM erased_applicant WHERE erasure_no = erasing);
    person int := (SELECT member_no FROM erasure WHERE erasure_no = erasing);
BEGIN
    DELETE FROM link_candidate WHERE member_no = person
        OR link_no IN (SELECT link_no FROM link WHERE applicant_no = ANY (mine) OR member_no = person);
    DELETE FROM link WHERE applicant_no = ANY (mine) OR member_no = person;
    DELETE FROM score WHERE applicant_no = ANY (mine);
    DELETE FROM gate_decision WHERE applicant_no = ANY (mine);
    DELETE FROM outcome WHERE applicant_no = ANY (mine);
    DELETE FROM client_decision WHERE applicant_no = ANY (mine);
    DELETE FROM recipient_consent WHERE applicant_no = ANY (mine);
    UPDATE prediction_model SET artefact = NULL
        WHERE artefact IS NOT NULL AND learned_from_erased(model_id, client_id, season_id);
    WITH changed AS (
        UPDATE provision SET report = erased_report(report, client_id, season_id)
        WHERE season_id IN (SELECT season_id FROM erased_applicant WHERE erasure_no = erasing)
          AND report <> erased_report(report, client_id, season_id)
        RETURNING provision_id, client_id
    )
    INSERT INTO erasure_rendering (provision_id, client_id) SELECT * FROM changed ON CONFLICT DO NOTHING;
    UPDATE applicant a SET
        brought_member_no = NULL, linked_member_no = NULL, cookie_id = NULL, stage = NULL, family_name = NULL,
        given_name = NULL, family_kana = NULL, given_kana = NULL, birth_date = NULL, email = NULL, university = NULL,
        applied_at = s.opens_at, as_of = s.opens_at
    FROM season s WHERE s.season_id = a.season_id AND applicant_no = ANY (mine);
END $$;

CREATE FUNCTION erase_of_member(erasing int, kept bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kanmon, pg_temp AS $$
DECLARE
    person int := (SELECT member_no FROM erasure WHERE erasure_no = erasing);
    acts bigint[] := (
        SELECT coalesce(array_agg(consent_no), '{}') FROM consent_act
        WHERE member_no = person AND consent_no <> ALL (kept)
    );
BEGIN
    DELETE FROM consent_correction WHERE old_no = ANY (acts) OR new_no = ANY (acts);
    DELETE FROM consent_entry WHERE consent_no = ANY (acts);
    DELETE FROM consent_act WHERE consent_no = ANY (acts);
    DELETE FROM notice WHERE member_no = person;
    DELETE FROM score_read WHERE account_no IN (SELECT account_no FROM account WHERE member_no = person);
    UPDATE score_read SET subject = '' WHERE subject = (SELECT member_id FROM member WHERE member_no = person);
    DELETE FROM sign_in_failure
        WHERE name_sha256 IN (SELECT sha256(convert_to(name, 'UTF8')) FROM account WHERE member_no = person);
    DELETE FROM sign_in_session WHERE account_no IN (SELECT account_no FROM account WHERE member_no = person);
    DELETE FROM account WHERE member_no = person;
    UPDATE member m SET
        member_id = 'erased/' || member_no, registered_at = s.opens_at, family_name = NULL, given_name = NULL,
        family_kana = NULL, given_kana = NULL, birth_date = NULL, email = NULL, university = NULL, phone = NULL
    FROM season s WHERE s.season_id = m.season_id AND m.member_no = person;
END $$;

CREATE FUNCTION erase_due(erasing int, acted_on date, last_report timestamptz) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = kanmon, pg_temp AS $$
DECLARE
    mine int[] := (SELECT coalesce(array_agg(applicant_no), '{}') FROM erased_applicant WHERE erasure_no = erasing);
BEGIN
    DELETE FROM provision_record WHERE applicant_no = ANY (mine) AND retain_until < acted_on;
    UPDATE erased_applicant e SET is_gone = true FROM season s
        WHERE e.applicant_no = ANY (mine) AND s.season_id = e.season_id AND s.closes_at < acted_on
          AND NOT EXISTS (SELECT FROM provision_record r WHERE r.applicant_no = e.applicant_no)
          AND NOT EXISTS (
              SELECT FROM provision p
              WHERE (p.client_id, p.season_id) = (e.client_id, e.season_id) AND p.acted_at >= last_report
          );
    PERFORM erase_of_client(erasing);
    DELETE FROM applicant
        WHERE applicant_no IN (SELECT applicant_no FROM erased_applicant WHERE erasure_no = erasing AND is_gone);
END $$;

CREATE FUNCTION forget_received(numbers bigint[]) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = kanmon, pg_temp AS $$
    DELETE FROM received_event WHERE event_no = ANY (numbers) AND collected_at IS NULL
$$;
"""

BY_APPLICANT = (
    "EXISTS (SELECT FROM erased_applicant e WHERE (e.client_id, e.applicant_no) = (($1).client_id, ($1).applicant_no))"
)
BY_MEMBER = "EXISTS (SELECT FROM erasure WHERE member_no = ($1).member_no)"
BY_ACT = "EXISTS (SELECT FROM consent_act JOIN erasure USING (member_no) WHERE consent_no {})"
BY_LINK = "EXISTS (SELECT FROM link JOIN erased_applicant USING (client_id, applicant_no) WHERE link_no = ($1).link_no)"
BY_LINKED = "EXISTS (SELECT FROM link JOIN erasure USING (member_no) WHERE link_no = ($1).link_no)"
# A record of a real provision goes when the law lets it go, whatever day anybody says it is.
IS_DUE = (
    "(($1).retain_until < (now() AT TIME ZONE ''Asia/Tokyo'')::date"
    " OR EXISTS (SELECT FROM provision p WHERE p.provision_id = ($1).provision_id AND p.is_replay))"
)
CONDITIONS = {
    "score": BY_APPLICANT,
    "gate_decision": BY_APPLICANT,
    "link": f"{BY_APPLICANT} OR {BY_MEMBER}",
    "link_candidate": f"{BY_MEMBER} OR {BY_LINK} OR {BY_LINKED}",
    "consent_act": BY_MEMBER,
    "consent_correction": BY_ACT.format("IN (($1).old_no, ($1).new_no)"),
    "consent_entry": BY_ACT.format("= ($1).consent_no"),
    "provision_record": f"{BY_APPLICANT} AND {IS_DUE}",
}
APPEND_ONLY = ("erasure", "erasure_request", "erasure_certificate", "model_training")
BY_CLIENT = ("erased_applicant", "erasure_rendering", "erasure_request", "erasure_certificate", "model_training")
DEEDS_OF_THE_APP = (
    "erase_of_client(int)", "erase_of_member(int, bigint[])", "erase_due(int, date, timestamptz)",
    "forget_received(bigint[])",
)  # fmt: skip


def upgrade() -> None:
    """Add the tables, let exactly the erasing changes pass the guards, and give the app its rights."""
    for statements in (TABLES, RULES, DEEDS):
        op.execute(statements)
    for table in APPEND_ONLY:
        guard(table, "UPDATE OR DELETE", "ROW", "refuse_change()")
        guard(table, "TRUNCATE", "STATEMENT", "refuse_change()")
    for table, condition in CONDITIONS.items():
        guard_anew(table, f"allow_erasing('{condition}')")
    guard_anew("score_read", "allow_erasing_reads()")
    guard_anew("prediction_model", "allow_erasing_artefact()")
    for table in BY_CLIENT:
        isolate(table)
    op.execute(f"GRANT SELECT, INSERT ON {', '.join((*APPEND_ONLY, 'erasure_step', *BY_CLIENT))} TO kanmon_app")
    op.execute("GRANT DELETE ON erasure_step, erasure_rendering TO kanmon_app")
    for deed in DEEDS_OF_THE_APP:
        op.execute(f"REVOKE ALL ON FUNCTION {deed} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {deed} TO kanmon_app")


def guard(table: str, change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def guard_anew(table: str, function: str) -> None:
    """Have another function judge the changes of single rows."""
    op.execute(f"DROP TRIGGER guard_update_or_delete ON {table}")
    guard(table, "UPDATE OR DELETE", "ROW", function)


def isolate(table: str) -> None:
    """Show and take only rows of the client that the transaction acts for, from the table's owner too."""
    is_own = "client_id = current_setting('kanmon.client', true)"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_client ON {table} USING ({is_own}) WITH CHECK ({is_own})")
