"""What stands between the platform and a client when the gate is asked, whoever the applicants are."""

from datetime import datetime

from sqlalchemy import text

from kanmon.core.ids import ClientId
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.ledger.store.bound_rows import BoundRows

_UNEXPLAINED = text(
    """
    SELECT min(acknowledged_at) FROM receipt r
    WHERE client_id = :client AND acknowledged_at < :asked_at AND NOT EXISTS (
        SELECT FROM use_statement s
        WHERE s.client_id = r.client_id AND s.provision_id = r.provision_id AND s.stated_at < :asked_at
    ) AND NOT EXISTS (
        SELECT FROM client_paper c JOIN provision p ON p.client_id = c.client_id AND p.season_id = c.season_id
        WHERE c.client_id = r.client_id AND p.provision_id = r.provision_id AND c.kind = 'check_after_use'
          AND c.dated_at > r.acknowledged_at AND c.recorded_at < :asked_at AND c.dated_at <= c.recorded_at
    )
    """
)


def unexplained_since(session: ReadSession | WriteSession, client: ClientId, asked_at: datetime) -> datetime | None:
    """When a client acknowledged the oldest report whose use nobody had stated; both before `asked_at`.

    The client states it, or answers staff's check after use of that season.
    """
    session.act_for(client)
    found: datetime | None = session.connection.scalar(_UNEXPLAINED, {"client": client, "asked_at": asked_at})
    return found


def are_papers_proved(session: ReadSession | WriteSession, client: ClientId) -> bool:
    """Whether a client's papers are, each and all, what was entered of them; not where the key is not at hand."""
    session.act_for(client)
    return session.rows.secret is not None and BoundRows(session).is_bound("client_paper", (client,))
