"""Which rows of a report its client may open no more: of people who were erased, withdrew, or an incident affects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from kanmon.core.ids import ApplicantId, ClientId, RunId, SeasonId
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.provision.report import Report

# A row that went again after the request, on a fresh consent, is open in the report in which it went.
_HIDDEN = text(
    """
    SELECT a.applicant_id FROM requested_row w JOIN erasure_request q USING (client_id, request_no)
    JOIN applicant a USING (client_id, applicant_no)
    WHERE w.client_id = :client AND a.season_id = :season AND q.requested_at >= :provided_at
    UNION
    SELECT a.applicant_id FROM erased_applicant e JOIN applicant a USING (client_id, applicant_no)
    WHERE e.client_id = :client AND a.season_id = :season
    """
)
_WAITING = text(
    "SELECT p.season_id, p.acted_at, p.run_id FROM erasure_rendering JOIN provision p USING (client_id, provision_id)"
)


@dataclass(frozen=True)
class HiddenRows:
    """Opens kept reports in one transaction, that acts for their client."""

    session: ReadSession | WriteSession
    seals: SealedRows

    def opened(self, client: ClientId, season: SeasonId, provided_at: datetime, stored: Mapping[str, Any]) -> Report:
        """A report as its client may have it now."""
        return self.seals.open(stored, frozenset(self._hidden(client, season, provided_at)))

    def waiting(self) -> Iterator[tuple[ClientId, RunId, Sequence[ApplicantId]]]:
        """The rows, report by report, whose keys are to be destroyed; until the reports are rendered again."""
        clients = self.session.connection.scalars(text("SELECT client_id FROM client ORDER BY client_id")).all()
        for client in map(ClientId, clients):
            self.session.act_for(client)
            for row in self.session.connection.execute(_WAITING).all():
                yield client, row.run_id, self._hidden(client, row.season_id, row.acted_at)
        self.session.act_for(None)

    def _hidden(self, client: ClientId, season: SeasonId, provided_at: datetime) -> Sequence[ApplicantId]:
        asked = {"client": client, "season": season, "provided_at": provided_at}
        return list(map(ApplicantId, self.session.connection.scalars(_HIDDEN, asked)))
