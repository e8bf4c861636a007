"""A service is judged under a law that is in force on the day; only a workspace made for replays takes another.

Under the law of 2017 an agreement counts that nobody could refuse, and words that are not clear. Loading refuses such
terms; where they are there all the same, what is recorded contradicts the day.
"""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule


def judge(terms: Terms) -> DenialReason | None:
    """Deny every use where the law profile of the service is over, or not in force yet, outside replays."""
    if terms.law_on is None or terms.profile.is_in_force(terms.law_on):
        return None
    return DenialReason(ReasonCode.LOG_INCONSISTENT, ("law_not_in_force",))


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.LOG_INCONSISTENT,
    citation="Supplementary provisions of Act 65 of 2015, Act 44 of 2020 and Act 56 of 2026; section 0.2",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
