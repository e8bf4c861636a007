"""An objection stops every use of a person's data for the client it names, or for all, until the person lifts it.

APPI Art. 35(5), GDPR Art. 21; APPI-19, GDPR-21. The closed list of codes has none for it: the nearest is told.
"""

from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms


def judge(_terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny while an objection stands; an agreement given after it does not lift it."""
    return None if person.objected_at is None else DenialReason(ReasonCode.CONSENT_WITHDRAWN)
