"""A screen that showed other words than those in force taints what was agreed on it since it was last seen right.

What was agreed to the right words nevertheless is released once the screen is seen right again.
"""

from kanmon.consent.law import JP_APPI_2017
from kanmon.consent.screens import ScreenDoubt
from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule


def judge(_terms: Terms, _person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny where the agreement lies in quarantine."""
    is_quarantined = agreement.standing is ScreenDoubt.QUARANTINED
    return DenialReason(ReasonCode.CONSENT_QUARANTINED) if is_quarantined else None


RULE = AgreementRule(
    about=__doc__,
    code=ReasonCode.CONSENT_QUARANTINED,
    citation="INV-6, AC-10",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
