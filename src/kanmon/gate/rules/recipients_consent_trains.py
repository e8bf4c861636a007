"""A browser's history builds a client's model only where the consent that the client obtained says so.

It is asked of scheme A as of a member's own consent.
"""

from kanmon.consent.law import JP_APPI_2022
from kanmon.consent.policy import Element
from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import PersonRule, PersonStage


def judge(terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny training where a confirmation stands that does not cover it and the law of the day asks for that."""
    is_asked = terms.use is Use.TRAIN and Element.TRAINING in terms.profile.training
    if not is_asked or person.confirmation is None or person.confirmation.covers_training:
        return None
    return DenialReason(ReasonCode.NOT_COVERED, (Element.TRAINING.value,))


RULE = PersonRule(
    about=__doc__,
    code=ReasonCode.NOT_COVERED,
    citation="APPI Art. 31; the contract's rule for training (E25)",
    in_force_from=JP_APPI_2022.in_force_from,
    stages=(PersonStage.BROWSER,),
    judge=judge,
)
