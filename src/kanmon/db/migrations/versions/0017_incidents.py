"""Incidents: what is known of each and since when, what was learned later, and whom it affects."""

from alembic import op

revision = "0017"
down_revision = "0016"

# Like stops, incidents are the platform's own: the gate looks for a person's for every client alike, and those who are
# told or asked are found over all clients at once. So row-level security has nothing to part here; no query of a
# client's portal reads these tables.
# What happened from `since` to `until`, or to when it was recorded, is looked at. Agreements of those affected count
# only after `opened_at`. Until `computed_at`, when it is first known who they are, class U holds all in its scope.
TABLES = """
CREATE TABLE incident (
    incident_id text PRIMARY KEY CHECK (incident_id ~ '^I-[0-9]{4}-[0-9]{3,}$'),
    class text NOT NULL CHECK (class IN ('U', 'L')),
    title text NOT NULL CHECK (title <> ''),
    season_id text REFERENCES season,
    client_id text REFERENCES client,
    screen_id text,
    policy_version text,
    since timestamptz NOT NULL,
    until timestamptz CHECK (until > since),
    known_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL CHECK (known_at <= opened_at),
    real_at timestamptz NOT NULL,
    opened_by text NOT NULL CHECK (opened_by <> ''),
    is_sensitive boolean NOT NULL,
    is_property boolean NOT NULL,
    is_wrongful boolean NOT NULL,
    ledger_seq bigint NOT NULL UNIQUE REFERENCES ledger_entry,
    set_sha256 bytea,
    computed_at timestamptz,
    closed_at timestamptz,
    CHECK (num_nonnulls(set_sha256, computed_at) IN (0, 2)),
    CHECK (class = 'L' OR closed_at IS NULL OR computed_at IS NOT NULL)
);
CREATE TABLE incident_fact (
    incident_id text REFERENCES incident,
    fact_no int,
    kind text NOT NULL CHECK (kind IN (
        'estimate', 'criteria', 'set', 'report_preliminary', 'report_final', 'outline', 'items', 'cause',
        'secondary_damage', 'response', 'publication', 'prevention', 'other', 'notice', 'recall', 'closed'
    )),
    at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    by text NOT NULL CHECK (by <> ''),
    body jsonb NOT NULL,
    ledger_seq bigint NOT NULL UNIQUE REFERENCES ledger_entry,
    PRIMARY KEY (incident_id, fact_no)
);
CREATE TABLE incident_affected (
    incident_id text REFERENCES incident,
    member_no int REFERENCES member,
    client_id text REFERENCES client,
    season_id text NOT NULL REFERENCES season,
    reason text NOT NULL,
    first_provided_at timestamptz NOT NULL,
    provisions int NOT NULL CHECK (provisions > 0),
    PRIMARY KEY (incident_id, member_no, client_id)
);
CREATE INDEX ON incident_affected (member_no);
-- People who are no members any more, by their check codes. One erased after the set was computed is told for certain;
-- one erased before it, that they may be affected: nothing else leads from a code to the rows.
CREATE TABLE incident_affected_stub (
    incident_id text REFERENCES incident,
    code_sha256 bytea REFERENCES notification_stub,
    client_name text,
    is_certain boolean NOT NULL,
    reason text,
    first_provided_at timestamptz,
    provisions int NOT NULL CHECK (provisions > 0),
    PRIMARY KEY (incident_id, code_sha256, client_name),
    CHECK (is_certain = (reason IS NOT NULL AND first_provided_at IS NOT NULL))
);
"""
RULES = """
CREATE FUNCTION allow_progress_of_incident() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.closed_at IS NULL
        AND (OLD.set_sha256, OLD.closed_at) IS DISTINCT FROM (NEW.set_sha256, NEW.closed_at) THEN
        OLD.set_sha256 := NEW.set_sha256;
        OLD.computed_at := coalesce(OLD.computed_at, NEW.computed_at);
        OLD.closed_at := NEW.closed_at;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table incident is append-only but for its set and its end: % is refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
"""

DEED = """
CREATE FUNCTION erase_affected(erasing int) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = kanmon, pg_temp AS $$
    DELETE FROM incident_affected WHERE member_no = (SELECT member_no FROM erasure WHERE erasure_no = erasing)
$$;
REVOKE ALL ON FUNCTION erase_affected FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_affected TO kanmon_app;
"""

BY_MEMBER = "EXISTS (SELECT FROM erasure WHERE member_no = ($1).member_no)"
APPEND_ONLY = ("incident_fact", "incident_affected_stub")


def upgrade() -> None:
    """Add them with the app's rights; what was known when, and who was affected, can't be changed afterwards."""
    for statements in (TABLES, RULES, DEED):
        op.execute(statements)
    guard("incident", "UPDATE OR DELETE", "ROW", "allow_progress_of_incident()")
    guard("incident_affected", "UPDATE OR DELETE", "ROW", f"allow_erasing('{BY_MEMBER}')")
    for table in APPEND_ONLY:
        guard(table, "UPDATE OR DELETE", "ROW", "refuse_change()")
    for table in ("incident", "incident_affected", *APPEND_ONLY):
        guard(table, "TRUNCATE", "STATEMENT", "refuse_change()")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO kanmon_app")
    op.execute("GRANT UPDATE (set_sha256, computed_at, closed_at) ON incident TO kanmon_app")
    for table in ("incident", "incident_affected"):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER tell_gate")


def guard(table: str, change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
