"""An agreement is the person's own or that of a legal representative who says by what right: nobody else agrees.

Who claims to represent somebody and names no right, or names one without representing anybody, is nobody known.
"""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import AgeFlaw, Agreement, DenialReason, Giver, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule


def judge(_terms: Terms, _person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny what contradicts itself on who gave it, under any law."""
    if agreement.giver is not Giver.UNPROVED:
        return None
    return DenialReason(ReasonCode.NO_CONSENT, (AgeFlaw.NO_REPRESENTATIVE.value,))


RULE = AgreementRule(
    about=__doc__,
    code=ReasonCode.NO_CONSENT,
    citation="APPI Art. 27(1), Guidelines 2-16; APPI-05",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
