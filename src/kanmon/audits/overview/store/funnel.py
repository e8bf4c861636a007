"""Where applicants stand between handing over and providing, counted in the database; reads only."""

from collections.abc import Sequence

from sqlalchemy import text

from kanmon.audits.overview.funnel import Cause, FunnelStage, FunnelStanding, Wait
from kanmon.clients.contract import ServiceTerms
from kanmon.clients.store import ServiceStore
from kanmon.core.ids import ClientId, SeasonId
from kanmon.db.unit_of_work import ReadSession
from kanmon.gate.decision import ReasonCode

# The newest answer for each use, by a number that grows; an applicant that was ever provided came through.
_STANDINGS = text(
    """
    WITH newest AS MATERIALIZED (
        SELECT DISTINCT ON (applicant_no, use) applicant_no, use, allowed, reasons[1] AS reason FROM gate_decision
        WHERE client_id = :client AND use <> 'train' ORDER BY applicant_no, use, decision_no DESC
    ), scored AS (
        SELECT DISTINCT ON (applicant_no) applicant_no, value IS NOT NULL AS has_value FROM score
        WHERE client_id = :client ORDER BY applicant_no, computed_at DESC, score_no DESC
    ), provided AS (
        SELECT DISTINCT applicant_no FROM provision_record WHERE client_id = :client
    ), placed AS (
        SELECT CASE WHEN p.applicant_no IS NOT NULL THEN ARRAY['provided', NULL]
                    WHEN s.applicant_no IS NULL AND d.applicant_no IS NULL THEN ARRAY['handed_over', 'not_asked']
                    WHEN NOT s.allowed THEN ARRAY['handed_over', s.reason]
                    WHEN c.has_value IS NULL THEN ARRAY['cleared_for_scoring', 'not_computed']
                    WHEN NOT c.has_value THEN ARRAY['cleared_for_scoring', 'not_scorable']
                    WHEN d.applicant_no IS NULL THEN ARRAY['scored', 'not_asked']
                    WHEN NOT d.allowed THEN ARRAY['scored', d.reason]
                    ELSE ARRAY['cleared_for_providing', 'not_provided'] END AS standing
        FROM applicant a
        LEFT JOIN provided p USING (applicant_no)
        LEFT JOIN scored c USING (applicant_no)
        LEFT JOIN newest s ON s.applicant_no = a.applicant_no AND s.use = 'score'
        LEFT JOIN newest d ON d.applicant_no = a.applicant_no AND d.use = 'provide'
        WHERE a.client_id = :client AND a.season_id = coalesce(:season, a.season_id)
    )
    SELECT standing[1], standing[2], count(*) FROM placed GROUP BY standing ORDER BY 1, 2
    """
)


class FunnelStore:
    """See `audits.overview.funnel.FunnelFacts`."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""
        return ServiceStore(self._session).terms()

    def standings(self, client: ClientId, season: SeasonId | None) -> Sequence[FunnelStanding]:
        """Where a client's applicants stand, of one season or of all."""
        self._session.act_for(client)
        rows = self._session.connection.execute(_STANDINGS, {"client": client, "season": season})
        return [FunnelStanding(FunnelStage(step), _cause(cause), count) for step, cause, count in rows]


def _cause(written: str | None) -> Cause | None:
    if written is None:
        return None
    return Wait(written) if written in {*Wait} else ReasonCode(written)
