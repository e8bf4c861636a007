"""A withdrawal ends a consent from the moment it is made, for all clients or for the one it names."""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import PersonRule, PersonStage


def judge(_terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny where the last word is a withdrawal; an agreement at the very same instant doesn't outlive it."""
    if person.agreements or person.last_withdrawn_at is None:
        return None
    if person.last_refused_at is not None and person.last_refused_at > person.last_withdrawn_at:
        return None
    return DenialReason(ReasonCode.CONSENT_WITHDRAWN)


RULE = PersonRule(
    about=__doc__,
    code=ReasonCode.CONSENT_WITHDRAWN,
    citation="APPI Art. 35(3) and 35(5); ISO/IEC TS 27560 event state; INV-5",
    in_force_from=JP_APPI_2017.in_force_from,
    stages=(PersonStage.ABSENCE,),
    judge=judge,
)
