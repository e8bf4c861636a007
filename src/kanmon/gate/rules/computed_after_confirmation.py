"""A browser's score that was computed before the consent was confirmed is never provided."""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import PersonRule, PersonStage


def judge(terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny providing where the confirmation is not strictly earlier than the computation of the score."""
    if terms.use is not Use.PROVIDE or person.computed_at is None or person.confirmation is None:
        return None
    is_before = person.confirmation.confirmed_at < person.computed_at
    return None if is_before else DenialReason(ReasonCode.COMPUTED_BEFORE_CONSENT)


RULE = PersonRule(
    about=__doc__,
    code=ReasonCode.COMPUTED_BEFORE_CONSENT,
    citation="APPI Art. 31(1): the provider confirms beforehand (あらかじめ); INV-4, AC-03",
    in_force_from=JP_APPI_2017.in_force_from,
    stages=(PersonStage.BROWSER,),
    judge=judge,
)
