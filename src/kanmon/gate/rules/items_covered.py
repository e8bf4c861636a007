"""Only the items that the words name are provided."""

from kanmon.consent.coverage import ElementLack
from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule


def judge(_terms: Terms, _person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny where an item to be provided is not among those the words name."""
    goes_further = any(finding.lack is ElementLack.OTHER_ITEMS for finding in agreement.coverage.findings)
    return DenialReason(ReasonCode.ITEMS_NOT_COVERED) if goes_further else None


RULE = AgreementRule(
    about=__doc__,
    code=ReasonCode.ITEMS_NOT_COVERED,
    citation="APPI Art. 27(1), Enforcement Rules Art. 20(1)(ii); section 5.3",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
