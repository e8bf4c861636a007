"""The client must be one that the person was told of, and that the act was not narrowed away from."""

from kanmon.consent.coverage import ElementLack
from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule


def judge(_terms: Terms, _person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny where the words name other recipients, or the person agreed for another client only."""
    is_told = all(finding.lack is not ElementLack.OTHER_RECIPIENT for finding in agreement.coverage.findings)
    if is_told and agreement.is_for_this_recipient:
        return None
    return DenialReason(ReasonCode.RECIPIENT_NOT_COVERED)


RULE = AgreementRule(
    about=__doc__,
    code=ReasonCode.RECIPIENT_NOT_COVERED,
    citation="APPI Art. 27(1), FAQ Q7-8 and Q7-9; APPI-05, AC-05",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
