"""Which companies have rows of a member, told in one call: a person's page asks it each time it is shown."""

from alembic import op

revision = "0038"
down_revision = "0037"

# It acts for one client after the other, by the rights of whoever calls it, and for none when it ends: a page that
# asked each client in turn took several round trips for each.
CLIENTS_OF_MEMBER = """
CREATE FUNCTION clients_of_member(member text) RETURNS SETOF text LANGUAGE plpgsql
    SET search_path = kanmon, pg_temp AS $$
DECLARE
    number int;
    company text;
BEGIN
    SELECT member_no INTO number FROM member m WHERE m.member_id = clients_of_member.member;
    IF number IS NULL THEN
        RETURN;
    END IF;
    FOR company IN SELECT client_id FROM client ORDER BY client_id LOOP
        PERFORM set_config('kanmon.client', company, true);
        IF EXISTS (SELECT FROM applicant WHERE member_no = number)
            OR EXISTS (SELECT FROM provision_record WHERE member_no = number)
            OR EXISTS (SELECT FROM requested_row WHERE member_no = number) THEN
            RETURN NEXT company;
        END IF;
    END LOOP;
    PERFORM set_config('kanmon.client', '', true);
END $$
"""


def upgrade() -> None:
    """Add it."""
    op.execute(CLIENTS_OF_MEMBER)
