"""Entrustment is no basis for matching a client's applicants with history that the platform holds itself."""

from kanmon.clients.contract import LegalBasis
from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule


def judge(terms: Terms) -> DenialReason | None:
    """Deny every use under entrustment: each of them joins the board's own history, person by person."""
    if terms.client.contract.legal_basis is not LegalBasis.ENTRUSTMENT:
        return None
    return DenialReason(ReasonCode.ENTRUSTMENT_OWN_DATA)


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.ENTRUSTMENT_OWN_DATA,
    citation="APPI Arts. 25 and 27(5)(i), FAQ Q7-42, in 2018 FAQ Q5-26-2; APPI-08, INV-10",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
