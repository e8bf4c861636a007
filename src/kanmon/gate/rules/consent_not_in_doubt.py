"""What may be a withdrawal or a refusal ends every use until somebody has read it: unknown is no.

A row that could not be read is no fact of the moment asked about, so the hold stands at every moment until the mended
row or the privacy owner ends it.
"""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import PersonRule, PersonStage


def judge(_terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny while the person, or the applicant's row, is on hold for this client or for all."""
    return DenialReason(ReasonCode.CONSENT_IN_DOUBT) if person.is_in_doubt else None


RULE = PersonRule(
    about=__doc__,
    code=ReasonCode.CONSENT_IN_DOUBT,
    citation="APPI Art. 27(1), 35(3) and 35(5): a person's no counts however it is written; INV-5",
    in_force_from=JP_APPI_2017.in_force_from,
    stages=(PersonStage.PERSON, PersonStage.BROWSER),
    judge=judge,
)
