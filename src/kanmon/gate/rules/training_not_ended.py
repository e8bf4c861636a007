"""A person's history trains no model of a client from when the person ended training, until the person lifts it.

Scores and provisions go on: what ends them is an objection or a withdrawal. The closed list of codes has none for it:
the nearest is told.
"""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import PersonRule, PersonStage


def judge(terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny training once it was ended; an agreement given after it does not lift it."""
    if terms.use is not Use.TRAIN or person.training_ended_at is None:
        return None
    return DenialReason(ReasonCode.CONSENT_WITHDRAWN)


RULE = PersonRule(
    about=__doc__,
    code=ReasonCode.CONSENT_WITHDRAWN,
    citation="APPI Art. 35(5), GDPR Art. 21; APPI-19, GDPR-21",
    in_force_from=JP_APPI_2017.in_force_from,
    stages=(PersonStage.PERSON,),
    judge=judge,
)
