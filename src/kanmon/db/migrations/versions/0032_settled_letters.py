"""A letter whose fate is unknown may be settled by a person, with a reason: taken as delivered, or sent again."""

from alembic import op

revision = "0032"
down_revision = "0031"

# A letter in doubt has ended, and so it stays, but for what a person decides: each decision stands in the row for good.
STATEMENTS = """
ALTER TABLE mail ADD COLUMN settlements jsonb NOT NULL DEFAULT '[]';
CREATE OR REPLACE FUNCTION allow_progress_of_mail() RETURNS trigger LANGUAGE plpgsql
SET search_path = kanmon, pg_temp AS $$
DECLARE
    is_settled boolean;
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM erasure WHERE member_no = OLD.member_no) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD IS DISTINCT FROM NEW THEN
        is_settled := coalesce(
            OLD.outcome = 'in_doubt'
            AND jsonb_array_length(NEW.settlements) = jsonb_array_length(OLD.settlements) + 1
            AND NEW.settlements - (-1) = OLD.settlements
            AND NEW.settlements -> -1 ->> 'choice'
                = CASE WHEN NEW.outcome IS NULL THEN 'again' WHEN NEW.outcome = 'handed_over' THEN 'delivered' END,
            false
        );
        IF is_settled THEN
            OLD.settlements := NEW.settlements;
        END IF;
        IF OLD.ended_at IS NULL OR is_settled THEN
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
GRANT UPDATE (settlements) ON mail TO kanmon_app;
"""


def upgrade() -> None:
    """Add the decisions, and let nothing else reopen what has ended."""
    op.execute(STATEMENTS)
