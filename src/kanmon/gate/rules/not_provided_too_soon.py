"""No score goes to a client again sooner than the words promise: once a month at most, where they say so."""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule


def judge(terms: Terms, person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny providing within the period that the words agreed to promise, counted from the newest provision."""
    frequency = person.promised_by(agreement).frequency
    if terms.use is not Use.PROVIDE or person.provided_at is None or frequency is None:
        return None
    is_too_soon = terms.asked_at < frequency.next_after(person.provided_at)
    return DenialReason(ReasonCode.PROVIDED_TOO_SOON) if is_too_soon else None


RULE = AgreementRule(
    about=__doc__,
    code=ReasonCode.PROVIDED_TOO_SOON,
    citation="APPI Art. 27(1), Guidelines 3-6-1; the words agreed to (E16)",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
