"""A browser's score goes to nobody while the Commission's rules on contactable information are in force and not out.

Act 56 of 2026 brings duties for person-related information that lets somebody be contacted; what they ask is open, and
what is open is no.
"""

from kanmon.clients.contract import Scheme
from kanmon.consent.law import JP_APPI_2026, LawSubject
from kanmon.gate.decision import DenialReason, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule


def judge(terms: Terms) -> DenialReason | None:
    """Deny every use under scheme A from the day on which the law asks for what nobody has decided yet."""
    is_open = terms.profile.leaves_open(LawSubject.CONTACTABLE, terms.law_day)
    if not is_open or terms.client.contract.scheme is not Scheme.COOKIE:
        return None
    return DenialReason(ReasonCode.PRI_CONSENT_UNCONFIRMED)


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.PRI_CONSENT_UNCONFIRMED,
    citation="Act 56 of 2026, contactable person-related information (連絡可能個人関連情報); APPI-11",
    in_force_from=JP_APPI_2026.in_force_from,
    judge=judge,
)
