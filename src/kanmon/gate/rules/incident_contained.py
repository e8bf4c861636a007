"""While nobody knows whom a provision without valid consent affects, nobody whom it may concern is scored or provided.

The gate closes with the record of the defect.
"""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule


def judge(terms: Terms) -> DenialReason | None:
    """Deny every use in the scope of an incident of class U from its record until its affected set is computed."""
    is_held = terms.stops is not None and terms.stops.is_held
    return DenialReason(ReasonCode.INCIDENT_HOLD) if is_held else None


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.INCIDENT_HOLD,
    citation="APPI Art. 27(1), 35(3) and 35(5), Guidelines 3-8-5-1; APPI-15, AC-16",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
