"""A score computed before its person agreed is never provided: "beforehand" (あらかじめ) means before."""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule


def judge(terms: Terms, person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny providing where the agreement is not strictly earlier than the computation of the score."""
    if terms.use is not Use.PROVIDE or person.computed_at is None or agreement.first_at < person.computed_at:
        return None
    return DenialReason(ReasonCode.COMPUTED_BEFORE_CONSENT)


RULE = AgreementRule(
    about=__doc__,
    code=ReasonCode.COMPUTED_BEFORE_CONSENT,
    citation="APPI Art. 27(1), FAQ Q7-6; INV-4, AC-03",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
