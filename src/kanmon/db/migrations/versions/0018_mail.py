"""Mail: what is written to whom of an incident, once, and what became of handing it over."""

from alembic import op

revision = "0018"
down_revision = "0017"

# A letter is handed over at most once. That it was begun is kept before the first byte leaves; one that was begun and
# never ended is in doubt, and is not begun again.
TABLES = """
CREATE TABLE mail (
    mail_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id text NOT NULL REFERENCES incident,
    member_no int NOT NULL REFERENCES member,
    address text CHECK (address <> ''),
    subject text NOT NULL CHECK (subject <> ''),
    body text NOT NULL CHECK (body <> ''),
    written_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL REFERENCES ledger_entry,
    begun_at timestamptz,
    ended_at timestamptz,
    outcome text CHECK (outcome IN ('handed_over', 'refused', 'unreachable', 'in_doubt')),
    said text,
    waits_until timestamptz,
    read_at timestamptz,
    UNIQUE (incident_id, member_no),
    CHECK ((ended_at IS NULL) = (outcome IS NULL)),
    CHECK ((address IS NULL) = coalesce(outcome = 'unreachable', false)),
    CHECK (outcome IS NULL OR outcome = 'unreachable' OR begun_at IS NOT NULL)
);
CREATE INDEX ON mail (mail_no) WHERE ended_at IS NULL;
CREATE INDEX ON mail (member_no);
"""

RULES = """
CREATE FUNCTION allow_progress_of_mail() RETURNS trigger LANGUAGE plpgsql SET search_path = kanmon, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM erasure WHERE member_no = OLD.member_no) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD IS DISTINCT FROM NEW THEN
        IF OLD.ended_at IS NULL THEN
            OLD.begun_at := NEW.begun_at;
            OLD.ended_at := NEW.ended_at;
            OLD.outcome := NEW.outcome;
            OLD.said := NEW.said;
            OLD.waits_until := NEW.waits_until;
        END IF;
        OLD.read_at := coalesce(OLD.read_at, NEW.read_at);
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table mail is append-only but for what becomes of a letter: % is refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
"""

DEED = """
CREATE FUNCTION erase_mail(erasing int) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = kanmon, pg_temp AS $$
    DELETE FROM mail WHERE member_no = (SELECT member_no FROM erasure WHERE erasure_no = erasing)
$$;
REVOKE ALL ON FUNCTION erase_mail FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_mail TO kanmon_app;
"""


def upgrade() -> None:
    """Add it with the app's rights: what a letter says, and what became of it, can't be changed afterwards."""
    for statements in (TABLES, RULES, DEED):
        op.execute(statements)
    op.execute("ALTER TABLE job DROP CONSTRAINT job_kind_check")
    op.execute("ALTER TABLE job ADD CHECK (kind IN ('run', 'coverage', 'collect', 'mail'))")
    guard("UPDATE OR DELETE", "ROW", "allow_progress_of_mail()")
    guard("TRUNCATE", "STATEMENT", "refuse_change()")
    op.execute(
        "GRANT SELECT, INSERT, UPDATE (begun_at, ended_at, outcome, said, waits_until, read_at) ON mail TO kanmon_app"
    )


def guard(change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON mail FOR EACH {level} EXECUTE FUNCTION {function}")
    op.execute(f"ALTER TABLE mail ENABLE ALWAYS TRIGGER {name}")
