"""A client signs what it may and may not do with scores before any is computed for it."""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule


def judge(terms: Terms) -> DenialReason | None:
    """Deny scoring and providing until the use agreement was signed."""
    signed_at = terms.client.contract.use_agreement_signed_at
    if terms.use is Use.TRAIN or (signed_at is not None and signed_at < terms.asked_at):
        return None
    return DenialReason(ReasonCode.NO_USE_AGREEMENT)


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.NO_USE_AGREEMENT,
    citation="The clients' promise in the release of 26 August 2019; EMP-05",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
