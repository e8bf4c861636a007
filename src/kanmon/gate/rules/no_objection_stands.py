"""An objection stops every use of a person's data for the client it names, or for all, until the person lifts it.

The closed list of codes has none for it: the nearest is told.
"""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import PersonRule, PersonStage


def judge(_terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny while an objection stands; an agreement given after it does not lift it."""
    return None if person.objected_at is None else DenialReason(ReasonCode.CONSENT_WITHDRAWN)


RULE = PersonRule(
    about=__doc__,
    code=ReasonCode.CONSENT_WITHDRAWN,
    citation="APPI Art. 35(5), GDPR Art. 21; APPI-19, GDPR-21",
    in_force_from=JP_APPI_2017.in_force_from,
    stages=(PersonStage.PERSON,),
    judge=judge,
)
