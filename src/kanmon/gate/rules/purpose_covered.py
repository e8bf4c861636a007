"""The recipient's purpose must be the one that the words name."""

from kanmon.consent.coverage import ElementLack
from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule


def judge(_terms: Terms, _person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny where the words name another purpose than the contract's."""
    is_other = any(finding.lack is ElementLack.OTHER_PURPOSE for finding in agreement.coverage.findings)
    return DenialReason(ReasonCode.PURPOSE_NOT_COVERED) if is_other else None


RULE = AgreementRule(
    about=__doc__,
    code=ReasonCode.PURPOSE_NOT_COVERED,
    citation="APPI Arts. 17 and 18, Guidelines 3-1-1; APPI-04, section 5.3",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
