"""A client's contract must be in force at the moment asked about."""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule


def judge(terms: Terms) -> DenialReason | None:
    """Deny before the contract starts and from the moment it ends."""
    contract = terms.client.contract
    in_force = contract.starts_at <= terms.asked_at < contract.ends_at
    return None if in_force else DenialReason(ReasonCode.NO_USE_AGREEMENT)


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.NO_USE_AGREEMENT,
    citation="APPI Art. 27(1), Guidelines 3-6-5 (the recipient is known and bound); EMP-05",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
