"""What a client received, read under that client's row-level security."""

from pydantic import TypeAdapter
from sqlalchemy import select

from kanmon.adapters.postgres.tables import provision
from kanmon.adapters.unit_of_work import ReadSession
from kanmon.ids import ClientId, ProvisionId
from kanmon.provision.report import Report

_REPORT = TypeAdapter(Report)


class ReceivedStore:
    """See `provision.received.ReceivedReports`; one client at a time."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    def report(self, client: ClientId, provision_id: ProvisionId) -> Report | None:
        """A report as it was handed over; None where the client has none of that number."""
        self._session.act_for(client)
        found = self._session.connection.scalar(
            select(provision.c.report).where(
                provision.c.client_id == client,
                provision.c.provision_id == provision_id,
                provision.c.handed_over_at.is_not(None),
            )
        )
        return None if found is None else _REPORT.validate_python(found)
