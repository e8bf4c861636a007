"""An agreement that contradicts what is known is no evidence: older than its member, its words or its screen, or ahead.

Consent is the declaration of an identified person about the words shown.
"""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule


def judge(_terms: Terms, _person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny where anything known speaks against the agreement; the reason names what."""
    if not agreement.contradictions:
        return None
    return DenialReason(
        ReasonCode.LOG_INCONSISTENT, tuple(contradiction.value for contradiction in agreement.contradictions)
    )


RULE = AgreementRule(
    about=__doc__,
    code=ReasonCode.LOG_INCONSISTENT,
    citation="Guidelines 2-16 and 3-6-1; APPI-05, INV-2",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
