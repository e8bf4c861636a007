"""When an act may have happened at the latest, when a file first told of it, and when a member last registered."""

from alembic import op

revision = "0029"
down_revision = "0028"

# `occurred_at` is the earliest moment that an act may have happened at, `latest_at` the last where that is another one.
# `known_at` is when the file was read that brought it; null where the board recorded it here.
STATEMENTS = """
ALTER TABLE consent_act ADD latest_at timestamptz CHECK (latest_at > occurred_at), ADD known_at timestamptz;
DO $$
DECLARE
    named text;
BEGIN
    SELECT conname INTO STRICT named FROM pg_constraint
        WHERE conrelid = 'consent_act'::regclass AND contype = 'u';
    EXECUTE format('ALTER TABLE consent_act DROP CONSTRAINT %I', named);
END $$;
ALTER TABLE consent_act ADD UNIQUE NULLS NOT DISTINCT
    (member_no, occurred_at, screen_id, text_no, action, client_id, revision, latest_at)
    INCLUDE (consent_no, refusable, known_at);
ALTER TABLE member ADD last_registered_at timestamptz;
CREATE FUNCTION keep_last_registration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.last_registered_at := greatest(OLD.last_registered_at, OLD.registered_at);
    RETURN NEW;
END $$;
CREATE TRIGGER keep_last_registration BEFORE UPDATE ON member FOR EACH ROW
    WHEN (NEW.registered_at IS DISTINCT FROM OLD.registered_at
        OR NEW.last_registered_at IS DISTINCT FROM OLD.last_registered_at)
    EXECUTE FUNCTION keep_last_registration();
ALTER TABLE member ENABLE ALWAYS TRIGGER keep_last_registration;
"""


def upgrade() -> None:
    """Add the columns; what was told before stays exact, and of its files it is not known when they were read."""
    op.execute(STATEMENTS)
