"""What a client received, read under that client's row-level security."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text

from kanmon.adapters.postgres.bound_rows import BoundRows
from kanmon.adapters.postgres.hidden_rows import HiddenRows
from kanmon.adapters.postgres.locks import moment
from kanmon.adapters.postgres.stop_store import halts
from kanmon.adapters.postgres.tables.work import provision
from kanmon.adapters.sealed_rows import SealedRows
from kanmon.adapters.unit_of_work import ReadSession
from kanmon.errors import LogInconsistent
from kanmon.gate.stops import Halt
from kanmon.ids import ClientId, ProvisionId, SeasonId
from kanmon.language import N_
from kanmon.provision.received import StaleNotice
from kanmon.provision.report import Report

_STALE = text(
    """
    SELECT r.provision_id, a.applicant_id, r.provided_at, n.told_at
    FROM stale_notice n JOIN provision_record r USING (client_id, record_no)
    JOIN applicant a USING (client_id, applicant_no)
    WHERE n.client_id = :client
    ORDER BY n.told_at DESC, n.record_no
    """
)


class ReceivedStore:
    """See `provision.received.ReceivedReports`; one client at a time."""

    def __init__(self, session: ReadSession, seals: SealedRows) -> None:
        self._session = session
        self._rows = HiddenRows(session, seals)

    def stale(self, client: ClientId) -> Sequence[StaleNotice]:
        """What a client was told no longer counts, newest first."""
        self._session.act_for(client)
        return [StaleNotice(*row) for row in self._session.connection.execute(_STALE, {"client": client})]

    def report(self, client: ClientId, provision_id: ProvisionId) -> tuple[SeasonId, Report] | None:
        """A report as its client may have it now; None where the client has none of that number.

        Raises `LogInconsistent` where it is not the report that was provided.
        """
        self._session.act_for(client)
        found = self._session.connection.execute(
            select(provision.c.season_id, provision.c.acted_at, provision.c.report).where(
                provision.c.client_id == client,
                provision.c.provision_id == provision_id,
                provision.c.handed_over_at.is_not(None),
            )
        ).one_or_none()
        if found is None:
            return None
        if not BoundRows(self._session).is_bound("provision", (client, provision_id)):
            raise LogInconsistent(
                N_("report %(report)s is not what was provided: look with `kanmon audit ledger`"), report=provision_id
            )
        season = SeasonId(found.season_id)
        return season, self._rows.opened(client, season, found.acted_at, found.report)

    def halts(self) -> Sequence[Halt]:
        """All acts of the stop switch, in the order in which they were recorded, and all holds of incidents."""
        return halts(self._session.connection)

    def moment(self) -> datetime:
        """The moment by the clock that all processes share."""
        return moment(self._session.connection)
