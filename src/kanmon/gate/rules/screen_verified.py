"""A consent counts only from a screen that somebody had looked at before.

It is asked of screens that were ever looked at.
"""

from kanmon.consent.law import JP_APPI_2017
from kanmon.consent.screens import ScreenDoubt
from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule


def judge(_terms: Terms, _person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny where the screen had not been looked at when the person agreed on it."""
    is_unverified = agreement.standing is ScreenDoubt.UNVERIFIED
    return DenialReason(ReasonCode.SCREEN_UNVERIFIED) if is_unverified else None


RULE = AgreementRule(
    about=__doc__,
    code=ReasonCode.SCREEN_UNVERIFIED,
    citation="INV-6, APPI-02",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
