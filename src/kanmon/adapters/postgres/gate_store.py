"""What the gate reads and writes in PostgreSQL: the facts of a batch in one query, every decision kept."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import text

from kanmon.adapters.postgres.service_store import ServiceStore
from kanmon.adapters.unit_of_work import WriteSession
from kanmon.consent.policy import PolicyVersion
from kanmon.gate.decision import Decision
from kanmon.gate.question import Terms
from kanmon.gate.service import FactRow
from kanmon.ids import ClientId, RunId, SeasonId

_FACTS = text(
    """
    SELECT a.applicant_no, a.applicant_id, a.member_no, a.as_of, ended.withdrawn_at, ended.refused_at,
           stands.text_no, stands.is_for_this_recipient, stands.refusable, stands.first_at, stands.last_at,
           stands.consent_no
    FROM applicant a
    LEFT JOIN LATERAL (
        SELECT max(occurred_at) FILTER (WHERE action = 'withdraw') AS withdrawn_at,
               max(occurred_at) FILTER (WHERE action = 'refuse') AS refused_at
        FROM consent_act
        WHERE member_no = a.member_no AND occurred_at <= :asked_at AND action <> 'accept'
          AND coalesce(client_id, :client) = :client
    ) ended ON true
    LEFT JOIN LATERAL (
        SELECT text_no, coalesce(client_id, :client) = :client AS is_for_this_recipient, refusable,
               min(occurred_at) AS first_at, max(occurred_at) AS last_at,
               (array_agg(consent_no ORDER BY occurred_at, consent_no))[1] AS consent_no
        FROM consent_act
        WHERE member_no = a.member_no AND occurred_at < :asked_at AND action = 'accept'
          AND occurred_at > coalesce(greatest(ended.withdrawn_at, ended.refused_at), '-infinity')
          AND NOT EXISTS (SELECT FROM consent_correction WHERE old_no = consent_no)
        GROUP BY text_no, is_for_this_recipient, refusable
    ) stands ON true
    WHERE a.client_id = :client AND a.season_id = :season
    ORDER BY a.position, a.applicant_no, stands.last_at DESC, stands.consent_no DESC
    """
)
_VERSIONS = text(
    """
    SELECT t.text_no, v.policy_id, v.version_id, v.language
    FROM displayed_text t JOIN policy_version v USING (text_sha256)
    ORDER BY v.effective_from
    """
)


class GateStore:
    """The gate's facts and records within one transaction."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    def fact_rows(self, client: ClientId, season: SeasonId, asked_at: datetime) -> Iterator[FactRow]:
        """See `gate.service.GateFacts`."""
        self._session.act_for(client)
        found = self._session.connection.execute(_FACTS, {"client": client, "season": season, "asked_at": asked_at})
        return map(FactRow._make, found)

    def displayed_versions(self) -> Mapping[int, PolicyVersion]:
        """See `gate.service.GateFacts`."""
        versions = {
            (version.policy_id, version.version_id, version.language): version
            for version in ServiceStore(self._session).policy_versions()
        }
        return {
            text_no: versions[policy_id, version_id, language]
            for text_no, policy_id, version_id, language in self._session.connection.execute(_VERSIONS)
        }

    def record_decisions(self, run_id: RunId, terms: Terms, decisions: Sequence[Decision]) -> None:
        """See `gate.service.GateRecord`."""
        self._session.act_for(terms.client.client_id)
        columns = (
            "run_id", "client_id", "applicant_no", "use", "decided_at", "allowed", "reasons", "elements", "consent_no",
            "law_profile_id",
        )  # fmt: skip
        self._session.copy(
            "gate_decision",
            columns,
            (
                (
                    run_id,
                    decision.client_id,
                    decision.applicant_no,
                    terms.use.value,
                    terms.asked_at,
                    decision.is_allowed,
                    [reason.code.value for reason in decision.reasons],
                    sorted({element for reason in decision.reasons for element in reason.elements}),
                    decision.clearance.evidence_id if decision.clearance else None,
                    terms.profile.profile_id,
                )
                for decision in decisions
            ),
        )
