"""Staff check the client's intended use before each provision, at most 30 days earlier."""

from datetime import timedelta

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule

FRESH_FOR = timedelta(days=30)


def judge(terms: Terms) -> DenialReason | None:
    """Deny scoring and providing where the last check is missing, in the future or older than 30 days."""
    if terms.use is Use.TRAIN:
        return None
    checked_at = terms.client.contract.pre_use_check_at
    is_fresh = checked_at is not None and checked_at <= terms.asked_at <= checked_at + FRESH_FOR
    return None if is_fresh else DenialReason(ReasonCode.PRECHECK_STALE)


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.PRECHECK_STALE,
    citation="The checks before and after use in the release of 26 August 2019; EMP-05",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
