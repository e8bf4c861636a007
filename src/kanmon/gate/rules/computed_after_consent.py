"""A score computed before its person agreed is never provided: "beforehand" (あらかじめ) means before.

APPI Art. 27(1), FAQ Q7-6; INV-4, AC-03.
"""

from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode, Use
from kanmon.gate.question import Terms


def judge(terms: Terms, person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny providing where the agreement is not strictly earlier than the computation of the score."""
    if terms.use is not Use.PROVIDE or person.computed_at is None or agreement.first_at < person.computed_at:
        return None
    return DenialReason(ReasonCode.COMPUTED_BEFORE_CONSENT)
