"""The record of a provision names the recipient, its address and who represents it."""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule


def judge(terms: Terms) -> DenialReason | None:
    """Deny providing where the recipient's name, address or representative is not known."""
    client = terms.client
    is_complete = all(said.strip() for said in (client.legal_name, client.address, client.representative))
    return None if terms.use is not Use.PROVIDE or is_complete else DenialReason(ReasonCode.RECORD_INCOMPLETE)


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.RECORD_INCOMPLETE,
    citation="APPI Art. 29, Enforcement Rules 20; APPI-09",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
