"""What stands between the platform and a client when the gate is asked, whoever the applicants are."""

from datetime import datetime

from sqlalchemy import text

from kanmon.core.ids import ClientId
from kanmon.db.unit_of_work import ReadSession, WriteSession

_UNEXPLAINED = text(
    """
    SELECT min(acknowledged_at) FROM receipt r
    WHERE client_id = :client AND acknowledged_at < :asked_at AND NOT EXISTS (
        SELECT FROM use_statement s
        WHERE s.client_id = r.client_id AND s.provision_id = r.provision_id AND s.stated_at < :asked_at
    )
    """
)


def unexplained_since(session: ReadSession | WriteSession, client: ClientId, asked_at: datetime) -> datetime | None:
    """When a client acknowledged the oldest report whose use it had not stated; both before `asked_at`."""
    session.act_for(client)
    found: datetime | None = session.connection.scalar(_UNEXPLAINED, {"client": client, "asked_at": asked_at})
    return found
