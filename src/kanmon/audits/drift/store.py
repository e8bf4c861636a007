"""What a client's newest model has scored, and what became of the people, for the alarms."""

import numpy as np
from sqlalchemy import text

from kanmon.audits.drift.history import ScoreSample
from kanmon.clients.contract import ScoreTarget
from kanmon.core.ids import ApplicantNo, ClientId, ModelId, RunId, SeasonId
from kanmon.db.unit_of_work import WriteSession
from kanmon.modelling.known_outcomes import outcomes_known
from kanmon.modelling.store.applicants import ApplicantStore

_NEWEST_MODEL = text(
    """
    SELECT model_id FROM score JOIN applicant USING (client_id, applicant_no)
    WHERE client_id = :client AND season_id = :season AND value IS NOT NULL
    ORDER BY computed_at DESC, score_no DESC LIMIT 1
    """
)
_RUNS = text(
    """
    SELECT run_id, array_agg(applicant_no ORDER BY score_no) AS applicants,
        array_agg(coalesce(risk, value / 10000.0) ORDER BY score_no) AS risks,
        array_agg(coalesce(explanation ->> 'predicted', 'both') ORDER BY score_no) AS predicted
    FROM score JOIN applicant USING (client_id, applicant_no)
    WHERE client_id = :client AND season_id = :season AND model_id = :model AND value IS NOT NULL
    GROUP BY run_id ORDER BY min(score_no)
    """
)


class DriftStore:
    """See `audits.drift.service.DriftReader`; one transaction."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    def seen(self, client: ClientId, season: SeasonId) -> ScoreSample | None:
        """What the client's newest model has done; None where nothing was scored."""
        self._session.act_for(client)
        asked = {"client": client, "season": season}
        model = self._session.connection.execute(_NEWEST_MODEL, asked).scalar_one_or_none()
        if model is None:
            self._session.act_for(None)
            return None
        runs = self._session.connection.execute(_RUNS, {**asked, "model": model}).all()
        newest = {
            ApplicantNo(number): float(risk)
            for run in runs
            for number, risk in zip(run.applicants, run.risks, strict=True)
        }
        predicted = {
            ApplicantNo(number): ScoreTarget(foreseen)
            for run in runs
            for number, foreseen in zip(run.applicants, run.predicted, strict=True)
        }
        known = outcomes_known(predicted, ApplicantStore(self._session).outcomes(client, season, None))
        self._session.act_for(None)
        first, last = (np.asarray(run.risks, dtype=np.float64) for run in (runs[0], runs[-1]))
        left = np.asarray([left for _, left in known], np.bool_)
        ended = np.asarray([newest[number] for number, _ in known], np.float64)
        return ScoreSample(ModelId(model), RunId(runs[-1].run_id), first, last, left, ended)
