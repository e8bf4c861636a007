"""The control plane as of the first release: tables by subject, guards, row-level security, rights of the app.

The files of `baseline` run in the order of their names. Later versions migrate from here.
"""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

BASELINE = Path(__file__).parents[1] / "baseline"
FIRST_ROWS = """
INSERT INTO control_plane (is_here, identity, made_at) VALUES (true, replace(gen_random_uuid()::text, '-', ''), now());
INSERT INTO terms_version VALUES (true, 1, 0);
"""


def upgrade() -> None:
    """Make everything."""
    # Functions come first and name tables that come later.
    op.execute("SET LOCAL check_function_bodies = false")
    for file in sorted(BASELINE.glob("*.sql")):
        op.execute(file.read_text(encoding="utf-8"))
    op.execute(FIRST_ROWS)
