"""No score for a purpose that the contract itself, or the product, forbids: selection above all."""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule

NEVER_PERMITTED = frozenset({"selection"})


def judge(terms: Terms) -> DenialReason | None:
    """Deny scoring and providing for a prohibited purpose, or under a contract that doesn't prohibit selection."""
    contract = terms.client.contract
    if terms.use is Use.TRAIN:
        return None
    is_prohibited = contract.purpose in contract.prohibited_uses | NEVER_PERMITTED
    forbids_selection = contract.prohibited_uses >= NEVER_PERMITTED
    return None if forbids_selection and not is_prohibited else DenialReason(ReasonCode.PURPOSE_PROHIBITED)


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.PURPOSE_PROHIBITED,
    citation="Employment Security Act Art. 51(2); the clients' promise in the release of 26 August 2019; EMP-05, AC-06",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
