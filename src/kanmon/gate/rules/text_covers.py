"""The words shown must state, in one clause, all that is done: identification, inputs, prediction, provision ..."""

from kanmon.consent.coverage import ElementLack, suffices
from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule

_TOLD_BY_OTHER_RULES = frozenset({ElementLack.OTHER_RECIPIENT, ElementLack.OTHER_ITEMS, ElementLack.OTHER_PURPOSE})


def judge(terms: Terms, _person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny where no clause states every element asked for; a text that nobody registered states none."""
    coverage = agreement.coverage
    if suffices(coverage, terms.profile):
        return None
    missing = tuple(finding.element.value for finding in coverage.findings if finding.lack not in _TOLD_BY_OTHER_RULES)
    is_unknown_text = coverage.best is None
    return DenialReason(ReasonCode.NOT_COVERED, missing) if missing or is_unknown_text else None


RULE = AgreementRule(
    about=__doc__,
    code=ReasonCode.NOT_COVERED,
    citation=(
        "APPI Arts. 17 and 27(1), Guidelines 3-1-1 and 3-6-1; the guidance of 26 August 2019; APPI-06, section 5.3"
    ),
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
