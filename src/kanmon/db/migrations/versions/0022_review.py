"""Reviews of releases, every act of them for good, and what legal considered, version by version."""

from alembic import op

revision = "0022"
down_revision = "0021"

# How far a release has come follows from what was said of it. The gate reads these acts: a change of them tells it.
TABLES = """
CREATE TABLE release_step (
    step_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    release_id text NOT NULL CHECK (release_id <> ''),
    act text NOT NULL CHECK (act IN ('describe', 'answer', 'approve')),
    viewpoint text CHECK (viewpoint IN ('business', 'student', 'legal', 'use', 'security')),
    account_no int NOT NULL REFERENCES account,
    role text NOT NULL,
    person text NOT NULL CHECK (person <> ''),
    acted_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    content_sha256 text NOT NULL,
    is_research boolean NOT NULL,
    passes boolean NOT NULL,
    words jsonb NOT NULL,
    ledger_seq bigint NOT NULL UNIQUE,
    CHECK ((act = 'answer') = (viewpoint IS NOT NULL))
);
CREATE TABLE legal_assessment (
    assessment_no int NOT NULL,
    version_no int NOT NULL CHECK (version_no > 0),
    kind text NOT NULL CHECK (kind IN ('release', 'revision', 'policy', 'contract', 'feature', 'incident')),
    judged text NOT NULL CHECK (judged <> ''),
    question text NOT NULL CHECK (question <> ''),
    analysis text NOT NULL CHECK (analysis <> ''),
    conclusion text NOT NULL CHECK (conclusion <> ''),
    sources text NOT NULL CHECK (sources <> ''),
    account_no int NOT NULL REFERENCES account,
    person text NOT NULL CHECK (person <> ''),
    assessed_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    ledger_seq bigint NOT NULL UNIQUE,
    PRIMARY KEY (assessment_no, version_no)
);
"""


def upgrade() -> None:
    """Add them with their guards and the app's rights; both only grow."""
    op.execute(TABLES)
    for table in ("release_step", "legal_assessment"):
        guard(table, "UPDATE OR DELETE", "ROW", "refuse_change")
        guard(table, "TRUNCATE", "STATEMENT", "refuse_change")
    op.execute(
        "CREATE CONSTRAINT TRIGGER tell_gate AFTER INSERT OR UPDATE OR DELETE ON release_step "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change_of_terms()"
    )
    op.execute("ALTER TABLE release_step ENABLE ALWAYS TRIGGER tell_gate")
    op.execute("GRANT SELECT, INSERT ON release_step, legal_assessment TO kanmon_app")


def guard(table: str, change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
