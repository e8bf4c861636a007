"""A recipient's consent (scheme A) that was obtained before a stop that doubts consents counts no longer.

What the client obtained is no better than what we did.
"""

from kanmon.clients.contract import Scheme
from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import PersonRule, PersonStage


def judge(terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny where the consent was not obtained (or, that being unknown, confirmed) strictly after the newest stop."""
    doubted_until = terms.stops.consents_doubted_until if terms.stops else None
    confirmation = person.confirmation
    if doubted_until is None or confirmation is None or terms.client.contract.scheme is not Scheme.COOKIE:
        return None
    is_fresh = (confirmation.obtained_at or confirmation.confirmed_at) > doubted_until
    return None if is_fresh else DenialReason(ReasonCode.INCIDENT_HOLD)


RULE = PersonRule(
    about=__doc__,
    code=ReasonCode.INCIDENT_HOLD,
    citation="APPI Art. 31(1), Enforcement Rules 26; APPI-15, AC-16",
    in_force_from=JP_APPI_2017.in_force_from,
    stages=(PersonStage.PERSON, PersonStage.BROWSER),
    judge=judge,
)
