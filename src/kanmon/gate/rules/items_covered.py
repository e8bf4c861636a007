"""Only the items that the words name are provided.

APPI Art. 27(1), Enforcement Rules Art. 20(1)(ii); section 5.3.
"""

from kanmon.consent.coverage import Lack
from kanmon.gate.decision import Agreement, PersonFacts, Reason, ReasonCode
from kanmon.gate.question import Terms


def judge(_terms: Terms, _person: PersonFacts, agreement: Agreement) -> Reason | None:
    """Deny where an item to be provided is not among those the words name."""
    goes_further = any(finding.lack is Lack.OTHER_ITEMS for finding in agreement.coverage.findings)
    return Reason(ReasonCode.ITEMS_NOT_COVERED) if goes_further else None
