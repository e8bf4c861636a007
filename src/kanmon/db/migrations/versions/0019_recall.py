"""Recall: requests to recipients for people who withdrew or whom an incident affects, their rows, and what followed."""

from alembic import op

revision = "0019"
down_revision = "0018"

# A request for an erasure has its rows in `erased_applicant`, any other in `requested_row`. `incident_id` refers to no
# table: a request stays what it is whatever becomes of the incident's record.
TABLES = """
ALTER TABLE erasure_request
    ALTER erasure_no DROP NOT NULL,
    ADD because text NOT NULL DEFAULT 'erasure',
    ADD incident_id text,
    ADD CHECK (because IN ('erasure', 'withdrawal', 'incident')),
    ADD CHECK ((because = 'erasure') = (erasure_no IS NOT NULL)),
    ADD CHECK ((because = 'incident') = (incident_id IS NOT NULL));
CREATE TABLE requested_row (
    request_no int,
    client_id text NOT NULL,
    applicant_no int,
    member_no int NOT NULL,
    PRIMARY KEY (request_no, applicant_no),
    FOREIGN KEY (client_id, request_no) REFERENCES erasure_request (client_id, request_no)
);
CREATE INDEX ON requested_row (client_id, applicant_no);
CREATE INDEX ON requested_row (member_no);
CREATE TABLE erasure_request_step (
    request_no int,
    client_id text NOT NULL,
    step text CHECK (step IN ('asked', 'reminded', 'reminded_again', 'escalated')),
    taken_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL REFERENCES ledger_entry,
    PRIMARY KEY (request_no, step),
    FOREIGN KEY (client_id, request_no) REFERENCES erasure_request (client_id, request_no)
);
ALTER TABLE job DROP CONSTRAINT job_kind_check,
    ADD CHECK (kind IN ('run', 'coverage', 'collect', 'mail', 'recall'));
"""

# As in 0014, but of a sealed row the seal goes as well.
ERASED_REPORT = """
CREATE OR REPLACE FUNCTION erased_report(said jsonb, whose text, season text) RETURNS jsonb LANGUAGE sql STABLE
SET search_path = kanmon, pg_temp AS $$
    SELECT jsonb_set(said, '{rows}', coalesce(jsonb_agg(
        CASE WHEN e.applicant_no IS NULL THEN r.line
             ELSE (r.line - 'sealed') || '{"score": null, "category": null}' END
        ORDER BY r.place
    ) FILTER (WHERE e.is_gone IS NOT TRUE), '[]'))
    FROM jsonb_array_elements(said -> 'rows') WITH ORDINALITY r (line, place)
    LEFT JOIN (
        SELECT a.applicant_id, a.applicant_no, e.is_gone FROM applicant a JOIN erased_applicant e USING (applicant_no)
        WHERE a.client_id = whose AND a.season_id = season
    ) e ON e.applicant_id = r.line ->> 'applicant_id'
$$;
"""
APPEND_ONLY = ("requested_row", "erasure_request_step")


def upgrade() -> None:
    """Add them with the app's rights; what a recipient was asked, and told, can't be changed afterwards."""
    op.execute(TABLES)
    op.execute(ERASED_REPORT)
    for table in APPEND_ONLY:
        guard(table, "UPDATE OR DELETE", "ROW")
        guard(table, "TRUNCATE", "STATEMENT")
        isolate(table)
        op.execute(f"GRANT SELECT, INSERT ON {table} TO kanmon_app")


def guard(table: str, change: str, level: str) -> None:
    """Have a trigger refuse a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION refuse_change()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def isolate(table: str) -> None:
    """Show and take only rows of the client that the transaction acts for, from the table's owner too."""
    is_own = "client_id = current_setting('kanmon.client', true)"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_client ON {table} USING ({is_own}) WITH CHECK ({is_own})")
