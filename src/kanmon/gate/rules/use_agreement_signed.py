"""A client signs what it may and may not do with scores before any is computed for it."""

from kanmon.clients.papers.model import PaperKind, dates_of
from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule


def judge(terms: Terms) -> DenialReason | None:
    """Deny scoring and providing until the use agreement was signed, by its paper or as the contract states."""
    if terms.use is Use.TRAIN:
        return None
    signed = [terms.client.contract.use_agreement_signed_at]
    signed += dates_of(terms.papers, PaperKind.USE_AGREEMENT, terms.asked_at)
    is_signed = any(at is not None and at < terms.asked_at for at in signed)
    return None if is_signed else DenialReason(ReasonCode.NO_USE_AGREEMENT)


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.NO_USE_AGREEMENT,
    citation="The clients' promise in the release of 26 August 2019; EMP-05",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
