"""A person is told of being scored before it is done, where the platform tells people by notices."""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import PersonRule, PersonStage


def judge(terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny scoring and providing where others were sent a notice of scoring, and this person was not."""
    if terms.use is Use.TRAIN or person.is_informed:
        return None
    return DenialReason(ReasonCode.NOT_INFORMED)


RULE = PersonRule(
    about=__doc__,
    code=ReasonCode.NOT_INFORMED,
    citation="EU AI Act Art. 26(11) and GDPR Arts. 13 and 14, as this product reads them for everyone; AIA-26, AC-01",
    in_force_from=JP_APPI_2017.in_force_from,
    stages=(PersonStage.PERSON,),
    judge=judge,
)
