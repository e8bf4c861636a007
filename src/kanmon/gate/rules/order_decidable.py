"""What came first must be known: an agreement and its end whose moments meet or overlap decide nothing.

The order of time is strict; an equal or unknown order refuses.
"""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import PersonRule, PersonStage


def judge(_terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny where no agreement stands, but one may have come after the last withdrawal or refusal, or before now."""
    if person.agreements or not person.agreed_when_ended:
        return None
    return DenialReason(ReasonCode.UNDECIDABLE_ORDER)


RULE = PersonRule(
    about=__doc__,
    code=ReasonCode.UNDECIDABLE_ORDER,
    citation="INV-4",
    in_force_from=JP_APPI_2017.in_force_from,
    stages=(PersonStage.ABSENCE,),
    judge=judge,
)
