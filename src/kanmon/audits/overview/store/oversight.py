"""What the control plane tells the privacy owner of provisions, refusals and models; reads only."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text

from kanmon.audits.gap.model import Window
from kanmon.audits.overview.overview import ProvisionSummary
from kanmon.audits.overview.provided import ProvisionQuery, RecordedPerson, RecordedProvision
from kanmon.audits.overview.refusals import DayOfAnswers, RefusalQuery, RefusedApplicant
from kanmon.clients.contract import ServiceTerms
from kanmon.clients.store import ServiceStore
from kanmon.core.ids import ClientId, ModelId, ProvisionId
from kanmon.db.unit_of_work import ReadSession
from kanmon.gate.decision import ReasonCode
from kanmon.modelling.registry import ModelApproval, RegisteredModel
from kanmon.modelling.store.models import ModelRecords

_SEEN = """
    SELECT p.client_id, p.provision_id, p.season_id, p.acted_at, p.handed_over_at, p.ledger_seq,
           (SELECT count(*) FROM provision_record r
            WHERE r.client_id = p.client_id AND r.provision_id = p.provision_id) AS persons
"""
_PROVISIONS = text(
    f"""
    {_SEEN} FROM provision p
    WHERE client_id = :client AND acted_at >= :since AND acted_at < :until
      AND coalesce(:season, season_id) = season_id
    ORDER BY acted_at DESC, real_at DESC
    LIMIT :most
    """
)
_PROVISION = text(
    f"""
    {_SEEN}, CASE WHEN is_replay THEN real_at END AS real_at, recipient, model_id, law_profile_id, content_sha256,
           report->>'purpose' AS purpose, report->'prohibited_uses' AS prohibited_uses, one.items, one.retain_until
    FROM provision p
    LEFT JOIN LATERAL (
        SELECT items, retain_until FROM provision_record r
        WHERE r.client_id = p.client_id AND r.provision_id = p.provision_id ORDER BY record_no LIMIT 1
    ) one ON true
    WHERE client_id = :client AND provision_id = :provision
    """  # noqa: S608 - of fixed parts
)
_PERSONS = text(
    """
    SELECT a.applicant_id, m.member_id, r.consent_no, c.occurred_at, c.screen_id, t.text_sha256, r.confirmed_at,
           r.ledger_seq
    FROM provision_record r
    JOIN applicant a USING (client_id, applicant_no)
    LEFT JOIN member m ON m.member_no = r.member_no
    LEFT JOIN consent_act c ON c.consent_no = r.consent_no
    LEFT JOIN displayed_text t USING (text_no)
    WHERE r.client_id = :client AND r.provision_id = :provision
    ORDER BY r.record_no
    OFFSET :start LIMIT :most
    """
)
_ANSWERED = """
    FROM gate_decision d
    WHERE d.client_id = :client AND d.use = :use AND d.decided_at >= :since AND d.decided_at < :until
"""
_REASONS = text(
    f"""
    SELECT reason, count(DISTINCT applicant_no)
    FROM (SELECT applicant_no, unnest(reasons) AS reason {_ANSWERED} AND NOT d.allowed) held
    GROUP BY reason
    """  # noqa: S608 - of fixed parts
)
_DAYS = text(
    f"""
    SELECT (d.decided_at AT TIME ZONE 'Asia/Tokyo')::date AS day, count(DISTINCT applicant_no),
           count(DISTINCT applicant_no) FILTER (WHERE NOT allowed AND coalesce(:reason = ANY (reasons), true))
    {_ANSWERED}
    GROUP BY day
    """
)
_REFUSED = text(
    f"""
    SELECT a.client_id, a.applicant_id, held.decided_at, held.reasons, held.elements
    FROM (
        SELECT DISTINCT ON (applicant_no) applicant_no, decided_at, reasons, elements
        {_ANSWERED} AND :reason = ANY (reasons)
        ORDER BY applicant_no, decided_at DESC
    ) held JOIN applicant a USING (applicant_no)
    ORDER BY a.position, a.applicant_no
    LIMIT :most
    """  # noqa: S608 - of fixed parts
)
_WITHDRAWALS = text(
    """
    SELECT count(*) FROM consent_act a
    WHERE action = 'withdraw' AND occurred_at >= :since AND occurred_at < :until
      AND NOT EXISTS (SELECT FROM consent_correction c WHERE c.old_no = a.consent_no)
    """
)
_SCORES_BY = text(
    """
    SELECT value FROM (
        SELECT DISTINCT ON (applicant_no) value, model_id FROM score WHERE client_id = :client
        ORDER BY applicant_no, computed_at DESC, score_no DESC
    ) newest WHERE model_id = :model AND value IS NOT NULL ORDER BY value
    """
)


class OversightStore:
    """See the facts of `audits.overview.provided`, `refusals` and `model_versions`; one moment of the control plane."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session
        self._models = ModelRecords(session)

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""
        return ServiceStore(self._session).terms()

    def provisions(self, client: ClientId, asked: ProvisionQuery, most: int) -> Sequence[ProvisionSummary]:
        """The newest provisions to a client among those asked for, newest first."""
        period = {"since": asked.window.since, "until": asked.window.until}
        return [
            ProvisionSummary(*row) for row in self._rows(_PROVISIONS, client, season=asked.season, most=most, **period)
        ]

    def provision(self, client: ClientId, provision: ProvisionId) -> RecordedProvision | None:
        """One provision to a client; None where there is none of that number."""
        for row in self._rows(_PROVISION, client, provision=provision):
            return RecordedProvision(
                ProvisionSummary(*row[:7]),
                row.real_at,
                row.recipient,
                row.purpose,
                row.prohibited_uses,
                row.items or (),
                row.model_id,
                row.law_profile_id,
                row.content_sha256,
                row.retain_until,
            )
        return None

    def persons(self, client: ClientId, provision: ProvisionId, start: int, most: int) -> Sequence[RecordedPerson]:
        """The persons of a provision in the order of its records, from `start` on."""
        found = self._rows(_PERSONS, client, provision=provision, start=start, most=most)
        return [RecordedPerson(*row) for row in found]

    def reasons(self, client: ClientId, asked: RefusalQuery) -> Mapping[ReasonCode, int]:
        """How many of a client's applicants each reason held in the period."""
        return {ReasonCode(reason): count for reason, count in self._rows(_REASONS, client, **_period(asked))}

    def days(self, client: ClientId, asked: RefusalQuery) -> Sequence[DayOfAnswers]:
        """A client's days on which the gate was asked."""
        return [DayOfAnswers(*row) for row in self._rows(_DAYS, client, reason=asked.reason, **_period(asked))]

    def withdrawals(self, window: Window) -> int:
        """How often people withdrew a consent in a period; what was corrected since doesn't count."""
        period = {"since": window.since, "until": window.until}
        return int(self._session.connection.execute(_WITHDRAWALS, period).scalar_one())

    def refused(self, client: ClientId, asked: RefusalQuery, most: int) -> Sequence[RefusedApplicant]:
        """A client's applicants that the reason asked for held, by the client's own order."""
        found = self._rows(_REFUSED, client, reason=asked.reason, most=most, **_period(asked))
        return [
            RefusedApplicant(client_id, applicant, at, [ReasonCode(reason) for reason in reasons], elements)
            for client_id, applicant, at, reasons, elements in found
        ]

    def models(self, client: ClientId) -> Sequence[RegisteredModel]:
        """All versions of a client's model, newest first."""
        return self._models.versions(client)

    def approvals(self, client: ClientId) -> Sequence[ModelApproval]:
        """All approvals of a client's models, oldest first."""
        return self._models.approvals(client)

    def scores(self, client: ClientId, model: ModelId) -> Sequence[int]:
        """The newest score of each person whom a model scored last, in ten-thousandths."""
        return [value for (value,) in self._rows(_SCORES_BY, client, model=model)]

    def _rows(self, query: Any, client: ClientId, **values: object) -> Sequence[Any]:
        self._session.act_for(client)
        return self._session.connection.execute(query, {"client": client, **values}).all()


def _period(asked: RefusalQuery) -> dict[str, object]:
    return {"use": asked.use, "since": asked.window.since, "until": asked.window.until}
