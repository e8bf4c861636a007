"""No score for a purpose that the contract itself, or the product, forbids: selection above all.

Employment Security Act Art. 51(2); the clients' promise in the release of 26 August 2019; EMP-05, AC-06.
"""

from kanmon.gate.decision import DenialReason, ReasonCode, Use
from kanmon.gate.question import Terms

NEVER_PERMITTED = frozenset({"selection"})


def judge(terms: Terms) -> DenialReason | None:
    """Deny scoring and providing for a prohibited purpose, or under a contract that doesn't prohibit selection."""
    contract = terms.client.contract
    if terms.use is Use.TRAIN:
        return None
    is_prohibited = contract.purpose in contract.prohibited_uses | NEVER_PERMITTED
    forbids_selection = contract.prohibited_uses >= NEVER_PERMITTED
    return None if forbids_selection and not is_prohibited else DenialReason(ReasonCode.PURPOSE_PROHIBITED)
