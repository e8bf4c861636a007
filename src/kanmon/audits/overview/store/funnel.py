"""Where applicants stand between handing over and providing, counted in the database; reads only."""

from collections.abc import Sequence

from sqlalchemy import text

from kanmon.audits.overview.funnel import Cause, FunnelStage, FunnelStanding, Wait
from kanmon.clients.contract import ServiceTerms
from kanmon.clients.store import ServiceStore
from kanmon.core.ids import ClientId, SeasonId
from kanmon.db.unit_of_work import ReadSession
from kanmon.gate.decision import ReasonCode

# One pass without a join, since row-level security hides from the planner how many rows a client has. What the newest
# answer or score says comes first; an answer that allows says nothing.
_STANDINGS = text(
    """
    WITH told AS (
        SELECT applicant_no, 'handed_over' AS kind, NULL::timestamptz AS at, 0::bigint AS no, NULL::text AS words
        FROM applicant WHERE client_id = :client AND season_id = coalesce(:season, season_id)
        UNION ALL
        SELECT applicant_no, use, NULL, decision_no, CASE WHEN allowed THEN '' ELSE reasons[1] END
        FROM gate_decision WHERE client_id = :client
        UNION ALL
        SELECT applicant_no, 'scored', computed_at, score_no, CASE WHEN value IS NULL THEN 'not_scorable' ELSE '' END
        FROM score WHERE client_id = :client
        UNION ALL
        SELECT applicant_no, 'provided', NULL, record_no, NULL FROM provision_record WHERE client_id = :client
    ), applicants AS (
        SELECT bool_or(kind = 'provided') AS was_provided,
               (array_agg(words ORDER BY no DESC) FILTER (WHERE kind = 'score'))[1] AS scoring,
               (array_agg(words ORDER BY no DESC) FILTER (WHERE kind = 'provide'))[1] AS providing,
               (array_agg(words ORDER BY at DESC, no DESC) FILTER (WHERE kind = 'scored'))[1] AS score
        FROM told GROUP BY applicant_no HAVING bool_or(kind = 'handed_over')
    ), placed AS (
        SELECT CASE WHEN was_provided THEN ARRAY['provided', NULL]
                    WHEN scoring IS NULL AND providing IS NULL THEN ARRAY['handed_over', 'not_asked']
                    WHEN scoring <> '' THEN ARRAY['handed_over', scoring]
                    WHEN score IS NULL THEN ARRAY['cleared_for_scoring', 'not_computed']
                    WHEN score <> '' THEN ARRAY['cleared_for_scoring', score]
                    WHEN providing IS NULL THEN ARRAY['scored', 'not_asked']
                    WHEN providing <> '' THEN ARRAY['scored', providing]
                    ELSE ARRAY['cleared_for_providing', 'not_provided'] END AS place
        FROM applicants
    )
    SELECT place[1], place[2], count(*) FROM placed GROUP BY place ORDER BY 1, 2
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
