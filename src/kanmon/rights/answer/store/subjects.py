"""What is held about one member, across all clients, and the act of withdrawing."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text

from kanmon.clients.categories import SCALE, ScoreScale
from kanmon.clients.contract import Client
from kanmon.clients.store import ServiceStore
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Rendering
from kanmon.consent.store.acts import renderings
from kanmon.core.ids import ClientId, MemberId
from kanmon.modelling.last_year import AlikeGroup, alike
from kanmon.rights.answer.consent_words import RolledOut
from kanmon.rights.answer.store.training import trained_models
from kanmon.rights.answer.told import HoldReport, ReportedScore, TrainedModel
from kanmon.rights.handling import HandedOverRow, IncidentEffect
from kanmon.rights.recall.store import clients_of
from kanmon.rights.withdrawal.store import ProvidedRecords
from kanmon.scoring.explanation import Explanation
from kanmon.scoring.score import NotScorable, Score, scale_named

_ROLLED_OUT = text(
    """
    SELECT r.policy_id, r.version_id, d.language, d.text, bool_or(s.act = 'abandon')
    FROM revision r JOIN revision_step s USING (revision_no)
    JOIN (SELECT *, max(draft_no) OVER (PARTITION BY revision_no) AS newest FROM revision_draft) d
        ON d.revision_no = r.revision_no AND d.draft_no = d.newest
    GROUP BY r.revision_no, r.policy_id, r.version_id, d.language, d.text
    HAVING bool_or(s.act = 'deploy') AND NOT bool_or(s.act = 'activate')
    """
)
_SCORES = text(
    """
    SELECT s.computed_at, s.value, s.scale, s.not_scorable, s.model_id, s.explanation, s.consent_no, s.score_no,
           a.applicant_id, a.as_of, coalesce(stale.stale_at, (
               SELECT min(v.stale_at) FROM stale_score v JOIN person_request q USING (request_no)
               JOIN score w USING (score_no)
               WHERE q.type = 'review' AND w.client_id = s.client_id
                 AND (w.applicant_no, w.model_id) = (s.applicant_no, s.model_id)
           )) AS stale_at, coalesce((
               SELECT part->'groups' FROM jsonb_array_elements(model.card->'parts') part
               WHERE part->>'target' = s.explanation->>'predicted'
           ), model.card->'groups') AS groups
    FROM score s JOIN applicant a USING (client_id, applicant_no) JOIN member m USING (member_no)
    LEFT JOIN stale_score stale USING (client_id, score_no)
    LEFT JOIN prediction_model model USING (client_id, model_id)
    WHERE m.member_id = :member AND s.client_id = :client
    ORDER BY s.computed_at, s.score_no
    """
)
# What the audit of the gap takes for a member's is a member's here as well: the record says who, else the applicant.
_HANDED_OVER = text(
    """
    SELECT a.client_id, c.legal_name, a.season_id, a.applicant_id, a.applied_at,
           (SELECT count(*) FROM score s
            WHERE (s.client_id, s.applicant_no) = (a.client_id, a.applicant_no) AND s.value IS NOT NULL) AS scores,
           (SELECT count(*) FROM provision_record r
            WHERE (r.client_id, r.applicant_no) = (a.client_id, a.applicant_no)
              AND coalesce(r.member_no, a.member_no) = a.member_no) AS provided,
           coalesce((SELECT NOT allowed FROM gate_decision d
            WHERE (d.client_id, d.applicant_no) = (a.client_id, a.applicant_no) AND use IN ('score', 'provide')
            ORDER BY decision_no DESC LIMIT 1), false) AS is_refused,
           EXISTS (SELECT FROM score s
            WHERE (s.client_id, s.applicant_no) = (a.client_id, a.applicant_no) AND s.value IS NULL) AS is_unscorable
    FROM applicant a JOIN member m USING (member_no) JOIN client c USING (client_id)
    WHERE m.member_id = :member AND a.client_id = :client
    ORDER BY a.applied_at, a.applicant_no
    """
)
_INCIDENTS = text(
    """
    SELECT i.incident_id, i.title, c.legal_name, a.provisions > 0, a.first_provided_at, true, l.written_at
    FROM incident_affected a JOIN member m USING (member_no) JOIN incident i USING (incident_id)
    JOIN client c ON c.client_id = a.client_id
    LEFT JOIN mail l ON l.incident_id = a.incident_id AND l.member_no = a.member_no
    WHERE m.member_id = :member
    ORDER BY i.ledger_seq, c.legal_name
    """
)
_HELD = text(
    """
    SELECT min(held_at), h.client_id, c.legal_name
    FROM consent_hold h JOIN member m USING (member_no) LEFT JOIN client c USING (client_id)
    WHERE m.member_id = :member AND h.ended_at IS NULL GROUP BY h.client_id, c.legal_name ORDER BY 1
    """
)


class SubjectRecords(ProvidedRecords):
    """See `rights.answer.told.SubjectReader`."""

    def clients_of(self, member: MemberId) -> Collection[ClientId]:
        """The clients that have rows of a member: handed over, provided, or asked to erase."""
        return clients_of(self._session, member)

    def scores(self, member: MemberId, client: Client) -> Sequence[ReportedScore]:
        """What was computed about a member for a client, oldest first."""
        self._session.act_for(client.client_id)
        found = self._session.connection.execute(_SCORES, {"member": member, "client": client.client_id})
        return [
            ReportedScore(
                client.client_id,
                client.legal_name,
                row.computed_at,
                NotScorable(row.not_scorable) if row.value is None else Score(row.value, scale_named(row.scale)),
                row.model_id,
                None if row.explanation is None else Explanation.of(row.explanation),
                row.consent_no,
                row.score_no,
                row.applicant_id,
                row.as_of,
                row.stale_at,
                _alike(row),
            )
            for row in found
        ]

    def holds(self, member: MemberId) -> Sequence[HoldReport]:
        """The holds of a member that stand, oldest first."""
        return [HoldReport(*row) for row in self._session.connection.execute(_HELD, {"member": member})]

    def trained(self, member: MemberId, client: Client) -> Sequence[TrainedModel]:
        """The models of a client that a member's history trained, oldest first."""
        return trained_models(self._session, member, client)

    def policy_versions(self) -> Collection[PolicyVersion]:
        """Every registered policy version."""
        return list(ServiceStore(self._session).policy_versions())

    def displayed_versions(self) -> Mapping[int, PolicyVersion]:
        """The registered policy version behind each number of a displayed text."""
        return ServiceStore(self._session).displayed_versions()

    def rolled_out(self) -> Collection[RolledOut]:
        """The words of revisions that are or were rolled out, and are not in force."""
        return [RolledOut(*row) for row in self._session.connection.execute(_ROLLED_OUT)]

    def renderings(self) -> Sequence[Rendering]:
        """What screens were seen to show."""
        return renderings(self._session.connection)

    def handed_over(self, member: MemberId, client: ClientId) -> Sequence[HandedOverRow]:
        """What a client handed over of a member, oldest first, and what came of it."""
        self._session.act_for(client)
        rows = self._session.connection.execute(_HANDED_OVER, {"member": member, "client": client})
        return [HandedOverRow(*row) for row in rows]

    def incidents(self, member: MemberId) -> Sequence[IncidentEffect]:
        """How incidents affect a member, in the order of the incidents."""
        return [IncidentEffect(*row) for row in self._session.connection.execute(_INCIDENTS, {"member": member})]


def _alike(score: Row[Any]) -> AlikeGroup | None:
    """Last year's people with such scores, where the score is a position and enough are known."""
    if score.value is None or scale_named(score.scale) is not ScoreScale.POSITION:
        return None
    return alike([AlikeGroup(**group) for group in score.groups or ()], score.value / SCALE)
