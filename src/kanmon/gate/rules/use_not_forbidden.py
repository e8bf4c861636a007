"""A client gets nothing while a check of its use stands that forbids it, whatever its contract states.

A check of that season with a later date, recorded later, lifts it.
"""

from kanmon.clients.papers.model import refusal_at
from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode, Use
from kanmon.gate.question import Terms, season_asked
from kanmon.gate.rule import TermsRule


def judge(terms: Terms) -> DenialReason | None:
    """Deny scoring and providing while a check, before or after use, stands that found that the client may not."""
    if terms.use is Use.TRAIN or refusal_at(terms.papers, season_asked(terms), terms.asked_at) is None:
        return None
    return DenialReason(ReasonCode.USE_FORBIDDEN)


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.USE_FORBIDDEN,
    citation="The checks before and after use in the release of 26 August 2019; EMP-05",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
