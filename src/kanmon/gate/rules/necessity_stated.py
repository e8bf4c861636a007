"""Consent alone is not enough: why these items, and what good it does the person, must be stated.

Employment Security Act Art. 51(2), not to tell others without good reason (みだりに); EMP-03.
"""

from kanmon.gate.decision import DenialReason, ReasonCode, Use
from kanmon.gate.question import Terms


def judge(terms: Terms) -> DenialReason | None:
    """Deny scoring and providing where the contract states no necessity, where the law of the day asks for one."""
    if terms.use is Use.TRAIN or not terms.profile.employment_duties or terms.client.contract.necessity:
        return None
    return DenialReason(ReasonCode.NO_NECESSITY)
