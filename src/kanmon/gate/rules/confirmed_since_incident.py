"""A recipient's consent (scheme A) that was obtained before an incident that affects the person counts no longer.

APPI Art. 31(1), Enforcement Rules 26; AC-16, APPI-15: what the client obtained is no better than what we did.
"""

from kanmon.clients.contract import Scheme
from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms


def judge(terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny where the consent was not obtained (or, that being unknown, confirmed) strictly after the newest one."""
    confirmation = person.confirmation
    if person.affected_at is None or confirmation is None or terms.client.contract.scheme is not Scheme.COOKIE:
        return None
    is_fresh = (confirmation.obtained_at or confirmation.confirmed_at) > person.affected_at
    return None if is_fresh else DenialReason(ReasonCode.INCIDENT_HOLD)
