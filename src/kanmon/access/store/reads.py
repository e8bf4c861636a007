"""Noted reads of scores, for the person that they are about."""

from collections.abc import Sequence

from sqlalchemy import text

from kanmon.access.account import ReadPurpose, Role
from kanmon.access.reads import Read
from kanmon.core.ids import ClientId, MemberId
from kanmon.db.unit_of_work import ReadSession

_CLIENTS = text("SELECT client_id, legal_name FROM client ORDER BY client_id")
_OWN = text(
    """
    SELECT r.read_at, a.role, r.purpose, c.legal_name
    FROM score_read r JOIN account a USING (account_no) LEFT JOIN client c USING (client_id)
    WHERE r.subject = :member ORDER BY r.read_at DESC LIMIT :most
    """
)
_OF_REPORTS = text(
    """
    SELECT r.read_at, a.role, r.purpose, c.legal_name
    FROM score_read r JOIN account a USING (account_no) LEFT JOIN client c USING (client_id)
    WHERE r.subject IN (
        SELECT p.provision_id FROM provision_record p JOIN member m USING (member_no)
        WHERE m.member_id = :member AND p.client_id = :client
    )
    ORDER BY r.read_at DESC LIMIT :most
    """
)


class PostgresReadStore:
    """See `access.reads.ReadStore`."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    def of(self, member: MemberId, most: int) -> Sequence[Read]:
        """The newest reads of a member's scores: by the member and of reports that the member stands in."""
        connection = self._session.connection
        rows = list(connection.execute(_OWN, {"member": member, "most": most}))
        for client in connection.execute(_CLIENTS).all():
            self._session.act_for(ClientId(client.client_id))
            asked = {"member": member, "client": client.client_id, "most": most}
            rows += connection.execute(_OF_REPORTS, asked)
        reads = [Read(row.read_at, Role(row.role), row.legal_name, ReadPurpose(row.purpose)) for row in rows]
        return sorted(reads, key=lambda read: read.read_at, reverse=True)[:most]
