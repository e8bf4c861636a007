"""The stop switch: every stop and resume of a client, a season or the whole service, for good; and two indexes."""

from alembic import op

revision = "0010"
down_revision = "0009"

# Like the contracts, stops are the platform's own and no client's rows: the gate reads those of the season and of the
# whole service for every client, so row-level security has nothing to part here.
STOPS = """
CREATE TABLE stop_act (
    act_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action text NOT NULL CHECK (action IN ('stop', 'resume')),
    client_id text REFERENCES client,
    season_id text REFERENCES season,
    acted_at timestamptz NOT NULL,
    real_at timestamptz NOT NULL,
    person text NOT NULL CHECK (person <> ''),
    because text NOT NULL CHECK (because <> ''),
    consents_doubted boolean NOT NULL,
    ledger_seq bigint NOT NULL UNIQUE,
    CHECK (num_nonnulls(client_id, season_id) <= 1),
    CHECK (action = 'stop' OR NOT consents_doubted)
);
"""

# The persons of one provision, and the gate's answers of a period. Answers are added in the order of time, so a range
# for each block finds them, and costs nothing to keep where 75,000 are added at once.
INDEXES = """
CREATE INDEX ON provision_record (client_id, provision_id, record_no);
CREATE INDEX ON gate_decision USING brin (decided_at) WITH (pages_per_range = 16);
"""


def upgrade() -> None:
    """Add them with the app's rights; what was stopped and resumed can't be changed afterwards."""
    op.execute(STOPS)
    op.execute(INDEXES)
    guard("stop_act", "UPDATE OR DELETE", "ROW", "refuse_change")
    guard("stop_act", "TRUNCATE", "STATEMENT", "refuse_change")
    op.execute("GRANT SELECT, INSERT ON stop_act TO kanmon_app")


def guard(table: str, change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
