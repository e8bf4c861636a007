"""The terms of every moment, kept by the database itself, and what each re-judgement of provisions found."""

from alembic import op

revision = "0021"
down_revision = "0020"

# Terms are replaced when a folder is loaded; a past provision is judged by those of its own time. The database notes
# each reading itself, so that nobody who loads can forget to. What was there before is taken as having always been.
READINGS = """
CREATE TABLE terms_reading (
    reading_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    of_table text NOT NULL CHECK (of_table IN ('service', 'season', 'client')),
    name text NOT NULL,
    read_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    content jsonb NOT NULL
);
CREATE FUNCTION note_terms() RETURNS trigger LANGUAGE plpgsql SET search_path = kanmon, pg_temp AS $$
DECLARE
    content jsonb := to_jsonb(NEW) - 'loaded_at';
BEGIN
    IF TG_OP = 'INSERT' OR content IS DISTINCT FROM to_jsonb(OLD) - 'loaded_at' THEN
        INSERT INTO terms_reading (of_table, name, content)
        VALUES (TG_TABLE_NAME, coalesce(content ->> TG_ARGV[0], ''), content);
    END IF;
    RETURN NULL;
END $$;
"""

# The platform's own, over all clients: counts and a hash. Whom it was about stands in no table.
RESULTS = """
CREATE TABLE rejudgement (
    rejudgement_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    judged_at timestamptz NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    clients text[] NOT NULL,
    judged bigint NOT NULL,
    locked bigint NOT NULL,
    fallen bigint NOT NULL,
    faults jsonb NOT NULL,
    result_sha256 text NOT NULL,
    ledger_seq bigint NOT NULL UNIQUE REFERENCES ledger_entry
);
"""
NAMES = {"service": "", "season": "season_id", "client": "client_id"}


def upgrade() -> None:
    """Add them with the app's rights, and begin with the terms that are there."""
    op.execute(READINGS)
    op.execute(RESULTS)
    for table, name in NAMES.items():
        named = name or "''"
        op.execute(
            "INSERT INTO terms_reading (of_table, name, read_at, content) "  # noqa: S608
            f"SELECT '{table}', {named}, '-infinity', to_jsonb({table}) - 'loaded_at' FROM {table}"
        )
        op.execute(
            f"CREATE TRIGGER note_terms AFTER INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION "
            f"note_terms('{name}')"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER note_terms")
    for table in ("terms_reading", "rejudgement"):
        guard(table, "UPDATE OR DELETE", "ROW")
        guard(table, "TRUNCATE", "STATEMENT")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO kanmon_app")


def guard(table: str, change: str, level: str) -> None:
    """Refuse a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION refuse_change()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
