"""A screen that showed other words than those in force taints what was agreed on it since it was last seen right.

INV-6, AC-10; what was agreed to the right words nevertheless is released once the screen is seen right again.
"""

from kanmon.consent.screens import Standing
from kanmon.gate.decision import Agreement, PersonFacts, Reason, ReasonCode
from kanmon.gate.question import Terms


def judge(_terms: Terms, _person: PersonFacts, agreement: Agreement) -> Reason | None:
    """Deny where the agreement lies in quarantine."""
    is_quarantined = agreement.standing is Standing.QUARANTINED
    return Reason(ReasonCode.CONSENT_QUARANTINED) if is_quarantined else None
