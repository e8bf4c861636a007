"""Entrustment is no basis for matching a client's applicants with history that the platform holds itself.

APPI Arts. 25 and 27(5)(i), FAQ Q7-42, in 2018 FAQ Q5-26-2; APPI-08, INV-10.
"""

from kanmon.clients.contract import LegalBasis
from kanmon.gate.decision import DenialReason, ReasonCode
from kanmon.gate.question import Terms


def judge(terms: Terms) -> DenialReason | None:
    """Deny every use under entrustment: each of them joins the board's own history, person by person."""
    if terms.client.contract.legal_basis is not LegalBasis.ENTRUSTMENT:
        return None
    return DenialReason(ReasonCode.ENTRUSTMENT_OWN_DATA)
