"""The words shown must state, in one clause, all that is done: identification, inputs, prediction, provision ...

APPI Arts. 17 and 27(1), Guidelines 3-1-1 and 3-6-1; the guidance of 26 August 2019; APPI-06, section 5.3.
"""

from kanmon.consent.coverage import Lack, suffices
from kanmon.gate.decision import Agreement, PersonFacts, Reason, ReasonCode
from kanmon.gate.question import Terms

_TOLD_BY_OTHER_RULES = frozenset({Lack.OTHER_RECIPIENT, Lack.OTHER_ITEMS, Lack.OTHER_PURPOSE})


def judge(terms: Terms, _person: PersonFacts, agreement: Agreement) -> Reason | None:
    """Deny where no clause states every element asked for; a text that nobody registered states none."""
    coverage = agreement.coverage
    if suffices(coverage, terms.profile):
        return None
    missing = tuple(finding.element.value for finding in coverage.findings if finding.lack not in _TOLD_BY_OTHER_RULES)
    is_unknown_text = coverage.best is None
    return Reason(ReasonCode.NOT_COVERED, missing) if missing or is_unknown_text else None
