"""A release provides only after the whole review, research and development included."""

from kanmon.clients.contract import ReviewRole
from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule

_KEPT_APART = (ReviewRole.AUTHOR, ReviewRole.OPERATOR, ReviewRole.PRIVACY_OWNER)


def judge(terms: Terms) -> DenialReason | None:
    """Deny unless every viewpoint approved before now, and no one holds two of author, operator, privacy owner."""
    release = terms.release
    if release is None:
        return DenialReason(ReasonCode.RELEASE_NOT_APPROVED)
    given = [approval for approval in release.approvals if approval.approved_at < terms.asked_at]
    missing = set(ReviewRole) - {approval.role for approval in given}
    holders = [{approval.person for approval in given if approval.role is role} for role in _KEPT_APART]
    is_shared = any(a & b for place, a in enumerate(holders) for b in holders[place + 1 :])
    return DenialReason(ReasonCode.RELEASE_NOT_APPROVED) if missing or is_shared else None


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.RELEASE_NOT_APPROVED,
    citation="APPI Art. 23 (security control); measures 1 and 3 of the release of 26 August 2019; APPI-01",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
