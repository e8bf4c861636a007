"""A recipient's consent (scheme A) that was obtained before an incident that affects the person counts no longer.

What the client obtained is no better than what we did.
"""

from kanmon.clients.contract import Scheme
from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import PersonRule, PersonStage


def judge(terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny where the consent was not obtained (or, that being unknown, confirmed) strictly after the newest one."""
    confirmation = person.confirmation
    if person.affected_at is None or confirmation is None or terms.client.contract.scheme is not Scheme.COOKIE:
        return None
    is_fresh = (confirmation.obtained_at or confirmation.confirmed_at) > person.affected_at
    return None if is_fresh else DenialReason(ReasonCode.INCIDENT_HOLD)


RULE = PersonRule(
    about=__doc__,
    code=ReasonCode.INCIDENT_HOLD,
    citation="APPI Art. 31(1), Enforcement Rules 26; APPI-15, AC-16",
    in_force_from=JP_APPI_2017.in_force_from,
    stages=(PersonStage.PERSON,),
    judge=judge,
)
