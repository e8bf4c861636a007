"""The recipient's purpose must be the one that the words name.

APPI Arts. 17 and 18, Guidelines 3-1-1; APPI-04, section 5.3.
"""

from kanmon.consent.coverage import Lack
from kanmon.gate.decision import Agreement, PersonFacts, Reason, ReasonCode
from kanmon.gate.question import Terms


def judge(_terms: Terms, _person: PersonFacts, agreement: Agreement) -> Reason | None:
    """Deny where the words name another purpose than the contract's."""
    is_other = any(finding.lack is Lack.OTHER_PURPOSE for finding in agreement.coverage.findings)
    return Reason(ReasonCode.PURPOSE_NOT_COVERED) if is_other else None
