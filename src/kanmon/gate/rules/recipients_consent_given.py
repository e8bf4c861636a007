"""A row that brings a browser and no person rests on the consent that its recipient obtained, and on nothing less.

In 2019 nobody asked for any (section 6.3), and the authority found the law's purpose evaded: "none asked" is no
evidence here under any law profile.
"""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import PersonRule, PersonStage


def judge(_terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny where the client confirmed no consent for this row."""
    return None if person.confirmation is not None else DenialReason(ReasonCode.NO_CONSENT)


RULE = PersonRule(
    about=__doc__,
    code=ReasonCode.NO_CONSENT,
    citation="APPI Art. 31, the second recommendation of 4 December 2019; APPI-11, INV-1",
    in_force_from=JP_APPI_2017.in_force_from,
    stages=(PersonStage.BROWSER,),
    judge=judge,
)
