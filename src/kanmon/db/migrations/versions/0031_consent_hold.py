"""People on hold: a row that may end a consent could not be read, and nothing is done with their data until it is."""

import sys
import unicodedata

from alembic import op

revision = "0031"
down_revision = "0030"

INVISIBLE = "".join(
    chr(number) for number in range(sys.maxunicode + 1) if number and unicodedata.category(chr(number)) in {"Cf", "Cc"}
)
"""Characters that nobody sees; PostgreSQL knows no U+0000."""

# Like stops, holds are the platform's own and no client's rows: the gate reads them for every client. A hold without a
# member and an applicant is an alert: somebody may have said no, and nobody can tell who.
HOLDS = """
CREATE TABLE consent_hold (
    hold_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    row_sha256 bytea NOT NULL,
    member_no int REFERENCES member,
    applicant_no int,
    client_id text REFERENCES client,
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
    ledger_seq bigint NOT NULL REFERENCES ledger_entry,
    ended_at timestamptz,
    ended_real_at timestamptz,
    ended_by text CHECK (ended_by <> ''),
    because text CHECK (because <> ''),
    consent_no bigint,
    end_seq bigint REFERENCES ledger_entry,
    CHECK (num_nonnulls(member_no, applicant_no) <= 1),
    CHECK (num_nonnulls(ended_at, ended_real_at, end_seq) IN (0, 3)),
    CHECK (num_nonnulls(ended_by, because) IN (0, 2)),
    CHECK (ended_at IS NOT NULL OR num_nonnulls(ended_by, because, consent_no) = 0)
);
CREATE INDEX ON consent_hold (member_no) WHERE ended_at IS NULL;
CREATE INDEX ON consent_hold (applicant_no) WHERE ended_at IS NULL;
CREATE INDEX ON consent_hold (row_sha256);
"""

_SPELT_OUT = "".join(f"\\U{ord(char):08x}" for char in INVISIBLE)
CANONICAL = f"""
CREATE FUNCTION canonical_id(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURNS NULL ON NULL INPUT
SET search_path = kanmon, pg_temp AS $$ SELECT btrim(normalize(translate(written, E'{_SPELT_OUT}', ''), NFKC)) $$;
COMMENT ON FUNCTION canonical_id IS 'An ID without what nobody sees, in the one form of each character.';
"""

# What a hold says never changes. It ends once; an alert may find its member once; and what was written goes with an
# erased person.
RULES = """
CREATE FUNCTION names_erased(hold consent_hold) RETURNS boolean LANGUAGE sql STABLE SET search_path = kanmon, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM member JOIN erasure USING (member_no)
        WHERE member_no = hold.member_no
            OR canonical_id(member_id) = hold.named OR position(member_id IN hold.written) > 0
    ) OR EXISTS (SELECT FROM erased_applicant e WHERE e.applicant_no = hold.applicant_no)
$$;

CREATE FUNCTION allow_settling_hold() RETURNS trigger LANGUAGE plpgsql SET search_path = kanmon, pg_temp AS $$
DECLARE
    is_settling boolean := false;
BEGIN
    IF TG_OP = 'DELETE' AND names_erased(OLD) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF num_nonnulls(OLD.ended_at, OLD.member_no, OLD.applicant_no) = 0 AND NEW.member_no IS NOT NULL THEN
            is_settling := true;
            OLD.member_no := NEW.member_no;
        END IF;
        IF OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL THEN
            is_settling := true;
            OLD.ended_at := NEW.ended_at;
            OLD.ended_real_at := NEW.ended_real_at;
            OLD.ended_by := NEW.ended_by;
            OLD.because := NEW.because;
            OLD.consent_no := NEW.consent_no;
            OLD.end_seq := NEW.end_seq;
        END IF;
        IF NEW.written = '' AND names_erased(OLD) THEN
            is_settling := true;
            OLD.written := '';
        END IF;
        IF is_settling AND OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table consent_hold is append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
"""

# Before the member's ID is gone: the guard knows the person by it.
DEEDS = """
CREATE FUNCTION erase_holds(erasing int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kanmon, pg_temp AS $$
DECLARE
    person int := (SELECT member_no FROM erasure WHERE erasure_no = erasing);
    known_as text := (SELECT member_id FROM member WHERE member_no = person);
BEGIN
    DELETE FROM consent_hold h WHERE member_no = person
        OR num_nonnulls(member_no, applicant_no) = 0
            AND (named = canonical_id(known_as) OR position(known_as IN written) > 0);
    UPDATE consent_hold SET written = '' WHERE written <> '' AND position(known_as IN written) > 0;
END $$;

CREATE FUNCTION erase_holds_of_client(erasing int) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = kanmon, pg_temp AS $$
    DELETE FROM consent_hold h USING erased_applicant e
        WHERE e.erasure_no = erasing AND e.applicant_no = h.applicant_no;
$$;
"""
ENDING = "member_no, ended_at, ended_real_at, ended_by, because, consent_no, end_seq"


def upgrade() -> None:
    """Add the table with its guards, what erases it, and the app's rights."""
    for statements in (HOLDS, CANONICAL, RULES, DEEDS):
        op.execute(statements)
    guard("consent_hold", "UPDATE OR DELETE", "ROW", "allow_settling_hold")
    guard("consent_hold", "TRUNCATE", "STATEMENT", "refuse_change")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ({ENDING}) ON consent_hold TO kanmon_app")
    op.execute("GRANT EXECUTE ON FUNCTION canonical_id(text) TO kanmon_app")
    for deed in ("erase_holds(int)", "erase_holds_of_client(int)"):
        op.execute(f"REVOKE ALL ON FUNCTION {deed} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {deed} TO kanmon_app")


def guard(table: str, change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
