"""What the control plane tells of provisions and the consents they rest on; reads only."""

from collections.abc import Iterator, Sequence

from sqlalchemy import text

from kanmon.audits.reliance.service import RelyingProvision
from kanmon.clients.contract import ServiceTerms
from kanmon.clients.store import ServiceStore
from kanmon.consent.policy import PolicyVersion
from kanmon.core.ids import ClientId, PolicyId, PolicyVersionId
from kanmon.db.unit_of_work import ReadSession

_RELYING = text(
    """
    WITH words AS (
        SELECT array_agg(DISTINCT text_no) AS text_nos
        FROM displayed_text JOIN policy_version USING (text_sha256)
        WHERE policy_id = :policy AND version_id = :version
    ), relied AS (
        SELECT r.*, s.computed_at, provided.text_no = ANY (text_nos) AS provided_on,
               scored.text_no = ANY (text_nos) AS scored_on, s.consent_no AS scored_consent_no
        FROM words, provision_record r
        JOIN score s USING (client_id, score_no)
        JOIN consent_act provided ON provided.consent_no = r.consent_no
        JOIN consent_act scored ON scored.consent_no = s.consent_no
        WHERE r.client_id = :client
    )
    SELECT r.client_id, m.member_id, a.applicant_id, r.provision_id, r.provided_at, p.handed_over_at, r.score_no,
           r.computed_at, act.consent_no, act.screen_id, act.occurred_at, r.provided_on, r.scored_on
    FROM relied r
    JOIN provision p USING (client_id, provision_id)
    JOIN applicant a USING (client_id, applicant_no)
    JOIN member m ON m.member_no = r.member_no
    JOIN consent_act act ON act.consent_no = CASE WHEN r.provided_on THEN r.consent_no ELSE r.scored_consent_no END
    WHERE r.provided_on OR r.scored_on
    """
)


class RelianceStore:
    """See `audits.reliance.service.RelianceFacts`; one transaction, so one moment of the control plane."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session
        self._service = ServiceStore(session)

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""
        return self._service.terms()

    def policy_versions(self) -> Iterator[PolicyVersion]:
        """Every policy version ever loaded, as it was last read."""
        return self._service.policy_versions()

    def relying(self, client: ClientId, policy: PolicyId, version: PolicyVersionId) -> Sequence[RelyingProvision]:
        """The provisions to a client that rest on consents to a version, in any of its languages."""
        self._session.act_for(client)
        asked = {"client": client, "policy": policy, "version": version}
        return [RelyingProvision(*row) for row in self._session.connection.execute(_RELYING, asked)]
