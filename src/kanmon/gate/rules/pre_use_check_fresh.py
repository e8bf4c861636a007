"""Staff check the client's intended use before each provision, at most 30 days earlier.

The check is on record with its questions, answers and finding; a date that the contract states counts as well, as
stated. A check that is recorded only after the moment asked about, or is of another season, is none.
"""

from kanmon.clients.papers.due import HOLDS
from kanmon.clients.papers.model import PaperKind, checks_passed
from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode, Use
from kanmon.gate.question import Terms, season_asked
from kanmon.gate.rule import TermsRule


def judge(terms: Terms) -> DenialReason | None:
    """Deny scoring and providing where the last check is missing, in the future or older than 30 days."""
    if terms.use is Use.TRAIN:
        return None
    checked = [terms.client.contract.pre_use_check_at]
    passed = checks_passed(terms.papers, PaperKind.CHECK_BEFORE_USE, season_asked(terms), terms.asked_at)
    checked += [check.dated_at for check in passed]
    is_fresh = any(at is not None and at <= terms.asked_at <= at + HOLDS for at in checked)
    return None if is_fresh else DenialReason(ReasonCode.PRECHECK_STALE)


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.PRECHECK_STALE,
    citation="The checks before and after use in the release of 26 August 2019; EMP-05",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
