"""Consent alone is not enough: why these items, and what good it does the person, must be stated."""

from kanmon.consent.law import JP_APPI_2022
from kanmon.gate.decision import DenialReason, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule


def judge(terms: Terms) -> DenialReason | None:
    """Deny scoring and providing where the contract states no necessity, where the law of the day asks for one."""
    if terms.use is Use.TRAIN or not terms.profile.employment_duties or terms.client.contract.necessity:
        return None
    return DenialReason(ReasonCode.NO_NECESSITY)


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.NO_NECESSITY,
    citation="Employment Security Act Art. 51(2), not to tell others without good reason (みだりに); EMP-03",
    in_force_from=JP_APPI_2022.in_force_from,
    judge=judge,
)
