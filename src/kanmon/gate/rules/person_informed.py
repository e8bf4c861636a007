"""A person is told of being scored before it is done, where the platform tells people by notices.

EU AI Act Art. 26(11) and GDPR Arts. 13 and 14, as this product reads them for everyone; AIA-26, AC-01.
"""

from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode, Use
from kanmon.gate.question import Terms


def judge(terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny scoring and providing where others were sent a notice of scoring, and this person was not."""
    if terms.use is Use.TRAIN or person.is_informed:
        return None
    return DenialReason(ReasonCode.NOT_INFORMED)
