"""What came first must be known: an agreement and its end whose moments meet or overlap decide nothing.

INV-4, strict order of time; equal or unknown order refuses.
"""

from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms


def judge(_terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny where no agreement stands, but one may have come after the last withdrawal or refusal, or before now."""
    if person.agreements or not person.agreed_when_ended:
        return None
    return DenialReason(ReasonCode.UNDECIDABLE_ORDER)
