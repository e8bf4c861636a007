"""Revisions of policies with every step of them, what each crawl found, class-U assessments, and who reviews."""

from alembic import op

revision = "0009"
down_revision = "0008"

# The state of a revision is that of its last step: nothing is ever overwritten. A draft that is written again keeps
# the one before. A version enters `policy_version` when its revision becomes active, and not before.
REVISIONS = """
CREATE TABLE revision (
    revision_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    policy_id text NOT NULL,
    version_id text NOT NULL,
    begun_at timestamptz NOT NULL
);
CREATE TABLE revision_draft (
    revision_no int NOT NULL REFERENCES revision,
    draft_no int NOT NULL,
    language text NOT NULL,
    effective_from timestamptz NOT NULL,
    text text NOT NULL,
    clauses jsonb NOT NULL,
    consent_valid_days int,
    unquoted jsonb NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (revision_no, draft_no, language)
);
CREATE TABLE revision_step (
    step_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    revision_no int NOT NULL REFERENCES revision,
    act text NOT NULL,
    state text NOT NULL,
    account_no int NOT NULL REFERENCES account,
    person text NOT NULL CHECK (person <> ''),
    role text NOT NULL,
    acted_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    details jsonb NOT NULL,
    ledger_seq bigint NOT NULL
);
CREATE INDEX ON revision_step (revision_no, step_no);
"""

COVERAGE = """
CREATE TABLE coverage_run (
    run_id text PRIMARY KEY,
    seen_at timestamptz NOT NULL,
    begun_at timestamptz NOT NULL,
    is_round boolean NOT NULL,
    is_whole boolean NOT NULL,
    pages int NOT NULL
);
CREATE TABLE coverage_finding (
    run_id text NOT NULL REFERENCES coverage_run,
    screen_id text NOT NULL,
    language text NOT NULL,
    outcome text NOT NULL,
    expected_sha256 text,
    found_sha256 text,
    address text,
    problem text,
    version text,
    wrong int NOT NULL,
    looks int NOT NULL,
    changes jsonb NOT NULL,
    hidden jsonb NOT NULL,
    pictures text[] NOT NULL,
    PRIMARY KEY (run_id, screen_id, language)
);
CREATE INDEX ON coverage_finding (screen_id, language);
CREATE TABLE coverage_surface (
    run_id text NOT NULL REFERENCES coverage_run,
    address text NOT NULL,
    linked_from text NOT NULL,
    policies text[] NOT NULL,
    has_consent_form boolean NOT NULL,
    PRIMARY KEY (run_id, address)
);
CREATE TABLE coverage_trial (
    run_id text NOT NULL REFERENCES coverage_run,
    screen_id text NOT NULL,
    verdict text NOT NULL,
    PRIMARY KEY (run_id, screen_id)
);
CREATE TABLE consent_assessment (
    assessment_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    class text NOT NULL CHECK (class = 'U'),
    screen_id text NOT NULL,
    run_id text NOT NULL REFERENCES coverage_run,
    last_right_at timestamptz,
    found_at timestamptz NOT NULL,
    consent_nos bigint[] NOT NULL,
    opened_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL
);
CREATE UNIQUE INDEX ON consent_assessment (screen_id, (coalesce(last_right_at, '-infinity')));
"""

REVIEWERS = """
ALTER TABLE account DROP CONSTRAINT account_role_check;
ALTER TABLE account ADD CONSTRAINT account_role_check CHECK (
    role IN ('person', 'client', 'privacy_owner', 'author', 'operator', 'student_advocate', 'legal')
);
ALTER TABLE account ADD COLUMN staff_person text CHECK (staff_person <> '');
"""

RECORDS = (
    "revision", "revision_draft", "revision_step", "coverage_run", "coverage_finding", "coverage_surface",
    "coverage_trial", "consent_assessment",
)  # fmt: skip


def upgrade() -> None:
    """Add them with their guards and the app's rights; all of them only grow."""
    for statements in (REVISIONS, COVERAGE, REVIEWERS):
        op.execute(statements)
    for table in RECORDS:
        guard(table, "UPDATE OR DELETE", "ROW", "refuse_change")
        guard(table, "TRUNCATE", "STATEMENT", "refuse_change")
    op.execute(f"GRANT SELECT, INSERT ON {', '.join(RECORDS)} TO kanmon_app")


def guard(table: str, change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
