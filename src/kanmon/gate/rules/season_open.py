"""Nobody is scored or provided in a season that has closed, or has not opened."""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule


def judge(terms: Terms) -> DenialReason | None:
    """Deny scoring and providing outside the season; a past season's outcomes may still train."""
    if terms.use is Use.TRAIN:
        return None
    season = terms.season
    is_open = season is not None and season.opens_at <= terms.asked_at < season.closes_at
    return None if is_open else DenialReason(ReasonCode.SEASON_CLOSED)


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.SEASON_CLOSED,
    citation="APPI Art. 22 (erase what is no longer needed), Guidelines 3-4-1; APPI-21",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
