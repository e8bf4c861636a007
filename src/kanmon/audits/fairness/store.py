"""The newest scores of a client with what each feature added, for the audit of fairness."""

from collections.abc import Sequence

from sqlalchemy import text

from kanmon.audits.fairness.service import ScoredRow
from kanmon.core.ids import ClientId, SeasonId
from kanmon.db.unit_of_work import WriteSession
from kanmon.scoring.explanation import Explanation

_NEWEST = text(
    """
    SELECT DISTINCT ON (s.applicant_no) applicant_id, value, explanation
    FROM score s JOIN applicant a USING (client_id, applicant_no)
    WHERE s.client_id = :client AND a.season_id = :season AND value IS NOT NULL
    ORDER BY s.applicant_no, s.computed_at DESC, s.score_no DESC
    """
)


class FairnessStore:
    """What is read for the audit; one transaction."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    def newest(self, client: ClientId, season: SeasonId) -> Sequence[ScoredRow]:
        """The newest score of each applicant of a season who has one."""
        self._session.act_for(client)
        rows = self._session.connection.execute(_NEWEST, {"client": client, "season": season}).all()
        self._session.act_for(None)
        return [
            ScoredRow(name, value / 10_000, {} if explanation is None else Explanation.of(explanation).parts)
            for name, value, explanation in rows
        ]
