"""Runs, and the scores they computed, in PostgreSQL."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import insert, text

from kanmon.clients.contract import ScoreTarget
from kanmon.core.ids import ApplicantNo, ClientId, RunId, SeasonId
from kanmon.db.tables.work import run, scoring
from kanmon.db.unit_of_work import RowBatch, WriteSession
from kanmon.features.basis import Basis
from kanmon.features.definition import OF_COVERED_SITES
from kanmon.features.news import LakeState
from kanmon.scoring.score import NotScorable, Score
from kanmon.scoring.service import ComputedDetail, ScoredApplicant
from kanmon.scoring.standing import LatestScore, StandingScores

_LATEST = text(
    """
    SELECT DISTINCT ON (s.applicant_no) s.applicant_no, s.value, coalesce(s.risk, s.value / 10000.0) AS risk,
        s.active_days, s.recency,
        CASE WHEN s.explanation -> 'partner_sites' <> '[]' THEN (
            SELECT coalesce(sum((reason ->> 'part')::bigint), 0)::bigint
            FROM jsonb_array_elements(s.explanation -> 'reasons') reason
            WHERE reason ->> 'feature' = ANY (:of_partner_sites)
        ) END AS partner_part,
        coalesce(s.explanation ->> 'predicted', 'both') AS predicted
    FROM score s JOIN applicant a USING (applicant_no)
    WHERE s.client_id = :client AND a.season_id = :season AND s.computed_at <= :at
    ORDER BY s.applicant_no, s.computed_at DESC, s.score_no DESC
    """
)
_NEWEST_SCORING = text(
    """
    SELECT scored_in, asked_sha256, lake_state, answers FROM scoring
    WHERE client_id = :client AND season_id = :season AND asked_at <= :at
    ORDER BY asked_at DESC, scoring_no DESC LIMIT 1
    """
)
_ANSWERS = text(
    """
    SELECT coalesce(s.not_scorable, 'scored') AS answer, count(*),
        bool_or(EXISTS (SELECT FROM stale_score stale WHERE stale.score_no = s.score_no)) AS is_stale
    FROM score s WHERE s.client_id = :client AND s.run_id = :run_id GROUP BY 1
    """
)


class RunStore:
    """See `pipeline.ports.RunLog`; one transaction."""

    def __init__(self, session: WriteSession) -> None:
        self._connection = session.connection

    def begin(self, run_id: RunId, command: str, acted_at: datetime, real_at: datetime, is_replay: bool) -> None:
        """Note that a run began."""
        self._connection.execute(
            insert(run).values(
                run_id=run_id,
                command=command,
                acted_at=acted_at,
                real_at=real_at,
                is_replay=is_replay,
                state="began",
            )
        )

    def finish(self, run_id: RunId, at: datetime) -> None:
        """Note that a run ended well."""
        self._connection.execute(
            text("UPDATE run SET finished_at = :at, state = 'finished' WHERE run_id = :run_id"),
            {"at": at, "run_id": run_id},
        )


class ScoreStore:
    """See `pipeline.ports.ScoreWriter`; one transaction."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    def add(self, run_id: RunId, client: ClientId, computed_at: datetime, scored: Iterable[ScoredApplicant]) -> None:
        """Keep the answers of one scoring: a score or a reason for none, each with its consent."""
        self._session.act_for(client)
        self._session.added.append(RowBatch("score", (client, run_id), client))
        columns = (
            "run_id", "client_id", "applicant_no", "model_id", "value", "scale", "not_scorable", "computed_at",
            "consent_no", "confirmed_at", "risk", "explanation", "active_days", "recency",
        )  # fmt: skip
        self._session.copy(
            "score",
            columns,
            (
                (
                    run_id,
                    client,
                    found.applicant_no,
                    found.model_id,
                    *_value_and_scale(found.answer),
                    None if isinstance(found.answer, Score) else found.answer.value,
                    computed_at,
                    found.evidence_id,
                    found.confirmed_at,
                    *_inside(found.detail),
                )
                for found in scored
            ),
        )

    def note(
        self, run_id: RunId, client: ClientId, season: SeasonId, asked_at: datetime, scores: StandingScores
    ) -> None:
        """Note which scores stand since `asked_at`, and what they follow from."""
        self._session.act_for(client)
        self._session.connection.execute(
            insert(scoring).values(
                run_id=run_id,
                scored_in=scores.scored_in,
                client_id=client,
                season_id=season,
                asked_at=asked_at,
                asked_sha256=scores.basis.asked_sha256,
                lake_state=scores.basis.lake,
                answers=scores.counts.total(),
            )
        )

    def standing(self, client: ClientId, season: SeasonId, at: datetime) -> StandingScores | None:
        """The newest scoring at `at`; None where an answer of it was erased or is stale."""
        self._session.act_for(client)
        connection = self._session.connection
        asked = {"client": client, "season": season, "at": at}
        noted = connection.execute(_NEWEST_SCORING, asked).one_or_none()
        if noted is None:
            return None
        answers = connection.execute(_ANSWERS, {"client": client, "run_id": noted.scored_in}).all()
        counts = Counter({answer: count for answer, count, _ in answers})
        if counts.total() != noted.answers or any(is_stale for *_, is_stale in answers):
            return None
        return StandingScores(Basis(noted.asked_sha256, LakeState(noted.lake_state)), RunId(noted.scored_in), counts)

    def latest(self, client: ClientId, season: SeasonId, at: datetime) -> Mapping[ApplicantNo, LatestScore]:
        """The newest score of each scored applicant at `at`, with what was kept inside."""
        self._session.act_for(client)
        asked = {"client": client, "season": season, "at": at, "of_partner_sites": sorted(OF_COVERED_SITES)}
        found = self._session.connection.execute(_LATEST, asked)
        return {
            row.applicant_no: LatestScore(
                row.value, row.risk, row.active_days, row.recency, row.partner_part, ScoreTarget(row.predicted)
            )
            for row in found
            if row.value is not None
        }


def _value_and_scale(answer: Score | NotScorable) -> tuple[int | None, str | None]:
    return (answer.ten_thousandths, answer.scale.value) if isinstance(answer, Score) else (None, None)


def _inside(detail: ComputedDetail | None) -> tuple[float | None, Mapping[str, object] | None, int | None, int | None]:
    if detail is None:
        return None, None, None, None
    return detail.risk, detail.explanation.facts(), detail.active_days, detail.recency
