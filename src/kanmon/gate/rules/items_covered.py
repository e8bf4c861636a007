"""Only the items that the words name are provided.

APPI Art. 27(1), Enforcement Rules Art. 20(1)(ii); section 5.3.
"""

from kanmon.consent.coverage import ElementLack
from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms


def judge(_terms: Terms, _person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny where an item to be provided is not among those the words name."""
    goes_further = any(finding.lack is ElementLack.OTHER_ITEMS for finding in agreement.coverage.findings)
    return DenialReason(ReasonCode.ITEMS_NOT_COVERED) if goes_further else None
