"""Whose row it is must have been looked up before anything can be said of the person: unknown is no, but no refusal.

Scheme B brings personal data, and the linker says whose they are.
"""

from kanmon.clients.contract import Scheme
from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import PersonRule, PersonStage


def judge(terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny, and nothing else is asked of the person, where a row with personal data was never compared."""
    is_by_name = terms.client.contract.scheme is Scheme.PERSONAL_DATA
    return DenialReason(ReasonCode.NOT_LINKED) if is_by_name and person.is_unlinked else None


RULE = PersonRule(
    about=__doc__,
    code=ReasonCode.NOT_LINKED,
    citation="APPI-05: consent is an identified person's",
    in_force_from=JP_APPI_2017.in_force_from,
    stages=(PersonStage.ROW,),
    judge=judge,
)
