"""What a client received, read under that client's row-level security."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, text

from kanmon.core.errors import LogInconsistent
from kanmon.core.ids import ClientId, ProvisionId, SeasonId
from kanmon.core.language import N_
from kanmon.db.locks import moment
from kanmon.db.tables.work import provision
from kanmon.db.unit_of_work import ReadSession
from kanmon.gate.switch.model import Halt, Hold, SwitchScope
from kanmon.gate.switch.store import halts
from kanmon.ledger.store.bound_rows import BoundRows
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.provision.received import DisputedScore, StaleNotice
from kanmon.provision.report import Report
from kanmon.provision.store.hidden_rows import HiddenRows

_STALE = text(
    """
    SELECT r.provision_id, a.applicant_id, r.provided_at, n.told_at
    FROM stale_notice n JOIN provision_record r USING (client_id, record_no)
    JOIN applicant a USING (client_id, applicant_no)
    WHERE n.client_id = :client
    ORDER BY n.told_at DESC, n.record_no
    """
)
_DISPUTED = text(
    """
    SELECT DISTINCT ON (s.disputed_at, s.request_no) s.request_no, r.provision_id, a.applicant_id, r.provided_at,
           s.disputed_at, coalesce(c.content ->> 'words', ''), l.answered_at
    FROM disputed_score s JOIN provision_record r USING (client_id, score_no)
    JOIN receipt USING (client_id, provision_id) JOIN applicant a USING (client_id, applicant_no)
    LEFT JOIN request_content c USING (request_no)
    LEFT JOIN second_look l ON (l.client_id, l.request_no) = (s.client_id, s.request_no)
    WHERE s.client_id = :client AND NOT EXISTS (SELECT FROM request_decision d WHERE d.request_no = s.request_no)
    ORDER BY s.disputed_at, s.request_no, r.provided_at DESC, r.record_no DESC
    """
)
# A row that was asked back, or whose person was erased, is open to nobody: an incident closes no report over it.
_CLOSING = text(
    """
    SELECT DISTINCT i.opened_at, a.season_id
    FROM incident i
    JOIN incident_affected a USING (incident_id)
    JOIN provision_record r ON r.client_id = a.client_id AND r.provided_at >= a.first_provided_at
    JOIN applicant x ON (x.client_id, x.applicant_no) = (r.client_id, r.applicant_no)
    WHERE class = 'U' AND a.client_id = :client AND coalesce(r.member_no, x.member_no) = a.member_no
      AND NOT EXISTS (SELECT FROM erased_applicant e WHERE e.applicant_no = r.applicant_no)
      AND NOT EXISTS (
          SELECT FROM requested_row w JOIN erasure_request q USING (client_id, request_no)
          WHERE (w.client_id, w.applicant_no) = (r.client_id, r.applicant_no) AND q.requested_at >= r.provided_at
      )
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

    def disputed(self, client: ClientId) -> Sequence[DisputedScore]:
        """The scores that the client opened and that are disputed, the nearest deadline first."""
        self._session.act_for(client)
        return [DisputedScore(*row) for row in self._session.connection.execute(_DISPUTED, {"client": client})]

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

    def halts(self, client: ClientId) -> Sequence[Halt]:
        """All acts of the stop switch in their order, and incidents' holds, each with what it closes to the client."""
        self._session.act_for(client)
        closing = self._session.connection.execute(_CLOSING, {"client": client}).all()
        return [
            replace(halt, affected=frozenset(SwitchScope(client, season) for at, season in closing if at == halt.since))
            if isinstance(halt, Hold)
            else halt
            for halt in halts(self._session.connection)
        ]

    def moment(self) -> datetime:
        """The moment by the clock that all processes share."""
        return moment(self._session.connection)
