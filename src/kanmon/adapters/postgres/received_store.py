"""What a client received, read under that client's row-level security."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import select

from kanmon.adapters.postgres.locks import moment
from kanmon.adapters.postgres.stop_store import stop_acts
from kanmon.adapters.postgres.tables import provision
from kanmon.adapters.unit_of_work import ReadSession
from kanmon.gate.stops import StopAct
from kanmon.ids import ClientId, ProvisionId, SeasonId
from kanmon.provision.received import Received
from kanmon.provision.report import Report

_REPORT = TypeAdapter(Report)


class ReceivedStore:
    """See `provision.received.ReceivedReports`."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    def list(self, client: ClientId) -> Sequence[Received]:
        """What was handed over to a client, newest first."""
        self._session.act_for(client)
        found = self._session.connection.execute(
            select(provision.c.provision_id, provision.c.season_id, provision.c.acted_at)
            .where(provision.c.client_id == client, provision.c.handed_over_at.is_not(None))
            .order_by(provision.c.acted_at.desc(), provision.c.real_at.desc())
        )
        return [Received(*row) for row in found]

    def report(self, client: ClientId, provision_id: ProvisionId) -> tuple[SeasonId, Report] | None:
        """A report as it was handed over; None where the client has none of that number."""
        self._session.act_for(client)
        found = self._session.connection.execute(
            select(provision.c.season_id, provision.c.report).where(
                provision.c.client_id == client,
                provision.c.provision_id == provision_id,
                provision.c.handed_over_at.is_not(None),
            )
        ).one_or_none()
        return None if found is None else (SeasonId(found.season_id), _REPORT.validate_python(found.report))

    def stop_acts(self) -> Sequence[StopAct]:
        """All acts of the stop switch, in the order in which they were recorded."""
        return stop_acts(self._session.connection)

    def moment(self) -> datetime:
        """The moment by the clock that all processes share."""
        return moment(self._session.connection)
