"""Whose row is whose: the member an applicant's file brought, the one that was linked, and how that came to be."""

from alembic import op

revision = "0004"
down_revision = "0003"

# A client's file and a link are two sources of one fact: neither overwrites the other, and the file goes first.
APPLICANT = """
DROP INDEX applicant_member_no_idx;
ALTER TABLE applicant RENAME member_no TO brought_member_no;
ALTER TABLE applicant ADD linked_member_no int REFERENCES member;
ALTER TABLE applicant ADD member_no int GENERATED ALWAYS AS (coalesce(brought_member_no, linked_member_no)) STORED;
CREATE INDEX ON applicant (member_no);
"""
# Every decision stays; the newest of an applicant is in force. `decided_by` is "linker" or a person's name.
LINKS = """
CREATE TABLE link (
    link_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id text NOT NULL,
    applicant_no int NOT NULL,
    decision text NOT NULL CHECK (decision IN ('linked', 'review', 'unlinked')),
    member_no int,
    match_weight double precision,
    decided_by text NOT NULL CHECK (decided_by <> ''),
    linked_at timestamptz NOT NULL,
    run_id text NOT NULL REFERENCES run,
    UNIQUE (client_id, link_no),
    FOREIGN KEY (client_id, applicant_no) REFERENCES applicant (client_id, applicant_no),
    CHECK ((decision = 'linked') = (member_no IS NOT NULL))
);
CREATE INDEX ON link (client_id, applicant_no, link_no DESC);
CREATE TABLE link_candidate (
    link_no bigint,
    client_id text NOT NULL,
    member_no int,
    match_weight double precision NOT NULL,
    PRIMARY KEY (link_no, member_no),
    FOREIGN KEY (client_id, link_no) REFERENCES link (client_id, link_no)
);
"""


def upgrade() -> None:
    """Add them with their guards, their isolation by client and the app's rights."""
    op.execute(APPLICANT)
    op.execute(LINKS)
    for table in ("link", "link_candidate"):
        guard(table, "UPDATE OR DELETE", "ROW", "refuse_change")
        guard(table, "TRUNCATE", "STATEMENT", "refuse_change")
        isolate(table)
    op.execute("GRANT SELECT, INSERT ON link, link_candidate TO kanmon_app")


def guard(table: str, change: str, level: str, function: str) -> None:
    """Have a trigger judge a kind of change, in sessions that replay another server's changes as well."""
    name = f"guard_{change.lower().replace(' ', '_')}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def isolate(table: str) -> None:
    """Show and take only rows of the client that the transaction acts for, from the table's owner too."""
    is_own = "client_id = current_setting('kanmon.client', true)"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_client ON {table} USING ({is_own}) WITH CHECK ({is_own})")
