"""What came first must be known: an agreement and its end at one and the same instant decide nothing.

INV-4, strict order of time; equal or unknown order refuses.
"""

from kanmon.gate.decision import PersonFacts, Reason, ReasonCode
from kanmon.gate.question import Terms


def judge(_terms: Terms, person: PersonFacts) -> Reason | None:
    """Deny where no agreement stands, but one was given at the very instant of the last withdrawal or refusal."""
    if person.agreements or not person.agreed_when_ended:
        return None
    return Reason(ReasonCode.UNDECIDABLE_ORDER)
