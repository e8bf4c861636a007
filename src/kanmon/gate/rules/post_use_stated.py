"""A client says what it did with a report's scores within 30 days of having received it, before it gets more.

The clock begins with the acknowledgement of receipt (APPI-10): a report that nobody opened was not used. It is the
oldest report left unexplained that counts. What the client answers to staff's check after use is said as well.
"""

from kanmon.clients.papers.due import HOLDS
from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule


def judge(terms: Terms) -> DenialReason | None:
    """Deny scoring and providing where the use of a report received earlier is not stated in time."""
    if terms.use is Use.TRAIN or terms.unexplained_since is None:
        return None
    is_overdue = terms.unexplained_since + HOLDS < terms.asked_at
    return DenialReason(ReasonCode.POSTCHECK_OVERDUE) if is_overdue else None


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.POSTCHECK_OVERDUE,
    citation="The checks before and after use in the release of 26 August 2019; EMP-05",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
