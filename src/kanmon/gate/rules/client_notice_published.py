"""A client publishes that it receives such scores, and what for, before it gets any."""

from kanmon.clients.papers.model import PaperKind, dates_of
from kanmon.consent.law import JP_APPI_2022
from kanmon.gate.decision import DenialReason, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule


def judge(terms: Terms) -> DenialReason | None:
    """Deny scoring and providing until the client has published its notice, where the law of the day asks for one."""
    if terms.use is Use.TRAIN or not terms.profile.employment_duties:
        return None
    published = [terms.client.contract.client_notice_published_at]
    published += dates_of(terms.papers, PaperKind.CLIENT_NOTICE, terms.asked_at)
    is_published = any(at is not None and at < terms.asked_at for at in published)
    return None if is_published else DenialReason(ReasonCode.CLIENT_NOTICE_MISSING)


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.CLIENT_NOTICE_MISSING,
    citation="Guideline 4-1(2) on collection from others, the guidance to clients of December 2019; EMP-04",
    in_force_from=JP_APPI_2022.in_force_from,
    judge=judge,
)
