"""Under 16 a person's legal representative agrees; of unknown age nobody can, once the law asks.

Who acted, and by what right, is part of the act; the person's age is that at the earliest moment at which it may have
been given. A withdrawal or a refusal counts whoever makes it. Whether a representative's agreement lasts once the
person is 16 is open, and what is open is no. The closed list of codes has none for it: `DENY_NO_CONSENT` is told.
"""

from kanmon.consent.law import JP_APPI_2026, LawSubject
from kanmon.gate.decision import AgeFlaw, Agreement, DenialReason, Giver, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule


def judge(terms: Terms, person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny what the right person did not give, from the day on which the law asks who has to."""
    if agreement.giver is Giver.UNPROVED or not terms.profile.asks(LawSubject.UNDER_16, terms.law_day):
        return None
    flaw = _flaw(terms, person, agreement)
    return None if flaw is None else DenialReason(ReasonCode.NO_CONSENT, (flaw.value,))


def _flaw(terms: Terms, person: PersonFacts, agreement: Agreement) -> AgeFlaw | None:
    if agreement.was_under_16 is None or person.is_under_16 is None:
        return AgeFlaw.AGE_UNKNOWN
    if not agreement.was_under_16:
        return None if agreement.giver is Giver.PERSON else AgeFlaw.NOT_THE_PERSON
    if agreement.giver is not Giver.REPRESENTATIVE:
        return AgeFlaw.NO_REPRESENTATIVE
    is_open = terms.profile.leaves_open(LawSubject.REPRESENTED_UNTIL_16, terms.law_day)
    return AgeFlaw.GROWN_SINCE if is_open and not person.is_under_16 else None


RULE = AgreementRule(
    about=__doc__,
    code=ReasonCode.NO_CONSENT,
    citation="Act 56 of 2026, consent of a legal representative under 16; APPI-28",
    in_force_from=JP_APPI_2026.in_force_from,
    judge=judge,
)
