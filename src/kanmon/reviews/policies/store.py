"""Agreements that stand, counted in the database; reads only."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text

from kanmon.clients.store import ServiceStore
from kanmon.consent.policy import PolicyVersion
from kanmon.db.unit_of_work import ReadSession
from kanmon.reviews.policies.agreements import AgreementChange

# Of acts at one moment that which ends an agreement counts as the later. An act that is narrowed to one client says
# nothing of the others.
_CHANGES = text(
    """
    WITH act AS (
        SELECT s.policy_id, a.text_no, a.action, a.occurred_at,
               lead(a.occurred_at) OVER (
                   PARTITION BY a.member_no, s.policy_id
                   ORDER BY a.occurred_at, a.action = 'accept' DESC, a.consent_no
               ) AS ends_at
        FROM consent_act a JOIN screen s USING (screen_id)
        WHERE a.client_id IS NULL AND a.occurred_at <= :at
          AND NOT EXISTS (SELECT FROM consent_correction c WHERE c.old_no = a.consent_no)
    )
    SELECT policy_id, text_no, (at AT TIME ZONE 'Asia/Tokyo')::date AS day, sum(growth)::bigint
    FROM act CROSS JOIN LATERAL (VALUES (occurred_at, 1), (ends_at, -1)) AS change (at, growth)
    WHERE action = 'accept' AND at IS NOT NULL
    GROUP BY policy_id, text_no, day
    """
)


class CountedAgreements:
    """See `reviews.policies.agreements.AgreementFacts`, as of a moment."""

    def __init__(self, session: ReadSession, at: datetime) -> None:
        self._connection = session.connection
        self._service = ServiceStore(session)
        self._at = at

    def policy_versions(self) -> Sequence[PolicyVersion]:
        """Every registered policy version."""
        return list(self._service.policy_versions())

    def displayed_versions(self) -> Mapping[int, PolicyVersion]:
        """The registered policy version behind each number of a displayed text; unknown texts are left out."""
        return self._service.displayed_versions()

    def changes(self) -> Sequence[AgreementChange]:
        """By how many agreements grew, by policy, text and day."""
        return [AgreementChange(*row) for row in self._connection.execute(_CHANGES, {"at": self._at})]
