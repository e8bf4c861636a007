"""Erasure of what came beside it: answers taken live, texts served, ways to come in, requests and what followed."""

from alembic import op

revision = "0016"
down_revision = "0015"

RULES = """
CREATE FUNCTION allow_erasing_answers() RETURNS trigger LANGUAGE plpgsql SET search_path = kanmon, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND (
        EXISTS (SELECT FROM member JOIN erasure USING (member_no) WHERE member_id = OLD.member_id)
        OR OLD.refusal = 'MEMBER_UNKNOWN' AND NOT EXISTS (SELECT FROM member WHERE member_id = OLD.member_id)
    ) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.served_no IS NULL AND EXISTS (
        SELECT FROM served_text t JOIN member USING (member_id) JOIN erasure USING (member_no)
        WHERE t.served_no = OLD.served_no
    ) THEN
        OLD.served_no := NULL;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table consent_answer is append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
COMMENT ON FUNCTION allow_erasing_answers IS 'Also lets an answer of somebody else, to words served to the person, go on
without them: it was refused, or needed none.';
"""

# Each acts for the client that the transaction acts for, or for none. The answers go before the acts they rest on, the
# member's ID last: the guards know the person by it.
DEEDS = """
CREATE FUNCTION erase_notices_of_client(erasing int) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = kanmon, pg_temp AS $$
    DELETE FROM stale_notice USING person_request JOIN erasure USING (member_no)
        WHERE stale_notice.request_no = person_request.request_no AND erasure_no = erasing;
    DELETE FROM stale_score USING person_request JOIN erasure USING (member_no)
        WHERE stale_score.request_no = person_request.request_no AND erasure_no = erasing;
$$;

CREATE FUNCTION erase_rights_of_member(erasing int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kanmon, pg_temp AS $$
DECLARE
    person int := (SELECT member_no FROM erasure WHERE erasure_no = erasing);
    named text := (SELECT member_id FROM member WHERE member_no = person);
    requests bigint[] := (SELECT coalesce(array_agg(request_no), '{}') FROM person_request WHERE member_no = person);
    visitors text[] := (
        SELECT coalesce(array_agg(t.visitor_id), '{}') FROM served_text t JOIN consent_answer a USING (served_no)
        WHERE a.member_id = named AND t.visitor_id IS NOT NULL
    );
BEGIN
    DELETE FROM consent_answer WHERE member_id = named;
    UPDATE consent_answer SET served_no = NULL
        WHERE served_no IN (SELECT served_no FROM served_text WHERE member_id = named);
    DELETE FROM served_text WHERE member_id = named;
    DELETE FROM served_text t WHERE visitor_id = ANY (visitors)
        AND NOT EXISTS (SELECT FROM consent_answer a WHERE a.served_no = t.served_no);
    DELETE FROM objection WHERE member_no = person;
    DELETE FROM history_correction WHERE member_no = person;
    DELETE FROM request_content WHERE request_no = ANY (requests) OR lower(btrim(content ->> 'contact')) IN (
        SELECT lower(reached_at) FROM member CROSS JOIN unnest(ARRAY[email, phone]) reached_at WHERE member_no = person
    );
    DELETE FROM request_decision WHERE request_no = ANY (requests);
    DELETE FROM person_request WHERE request_no = ANY (requests);
END $$;

CREATE FUNCTION forget_answers(named text, code text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kanmon, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM erasure WHERE person_sha256 = sha256(convert_to(code || '|' || named, 'UTF8'))) THEN
        DELETE FROM consent_answer WHERE member_id = named AND refusal = 'MEMBER_UNKNOWN';
    END IF;
END $$;
COMMENT ON FUNCTION forget_answers IS 'Late answers of somebody erased, by whoever can show that it is this person.';
"""

BY_MEMBER = "EXISTS (SELECT FROM erasure WHERE member_no = ($1).member_no)"
BY_NAME = "EXISTS (SELECT FROM member JOIN erasure USING (member_no) WHERE member_id = ($1).member_id)"
BY_REQUEST = "EXISTS (SELECT FROM person_request JOIN erasure USING (member_no) WHERE request_no = ($1).request_no)"
# Of a visitor nobody knows who it is, once no answer leads there; what nobody answered is evidence of nothing.
IS_UNANSWERED = (
    "(($1).visitor_id IS NOT NULL AND NOT EXISTS (SELECT FROM consent_answer a WHERE a.served_no = ($1).served_no))"
)
CONDITIONS = {
    "served_text": f"{BY_NAME} OR {IS_UNANSWERED}",
    "person_request": BY_MEMBER,
    "request_decision": BY_REQUEST,
    "objection": BY_MEMBER,
    "history_correction": BY_MEMBER,
    "stale_score": BY_REQUEST,
    "stale_notice": BY_REQUEST,
}
DEEDS_OF_THE_APP = ("erase_notices_of_client(int)", "erase_rights_of_member(int)", "forget_answers(text, text)")


def upgrade() -> None:
    """Let exactly the erasing changes pass the guards, and give the app its rights."""
    op.execute(RULES)
    op.execute(DEEDS)
    guard_anew("consent_answer", "allow_erasing_answers()")
    for table, condition in CONDITIONS.items():
        guard_anew(table, f"allow_erasing('{condition}')")
    for deed in DEEDS_OF_THE_APP:
        op.execute(f"REVOKE ALL ON FUNCTION {deed} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {deed} TO kanmon_app")


def guard_anew(table: str, function: str) -> None:
    """Have another function judge the changes of single rows, also in sessions that replay another server's."""
    name = "guard_update_or_delete"
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
