"""A revision never carries an old consent over: who agreed to narrower words has to be asked anew.

Log-in, browsing and silence are no consent to the wider text.
"""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule


def judge(_terms: Terms, _person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny where the words agreed to don't cover this use, and a later version of them, in force now, does."""
    return DenialReason(ReasonCode.CONSENT_OUTDATED) if agreement.is_outdated else None


RULE = AgreementRule(
    about=__doc__,
    code=ReasonCode.CONSENT_OUTDATED,
    citation="APPI Art. 18(1), Guidelines 2-16; APPI-07",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
