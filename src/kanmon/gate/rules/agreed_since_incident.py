"""What a person agreed to before an incident that affects this person was recorded counts no longer, for any client.

"The platform has to re-enable per person by fresh consent only" (AC-16).
"""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule


def judge(_terms: Terms, person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny where the agreement is not strictly later than the record of the newest such incident."""
    if person.affected_at is None or agreement.begins_at > person.affected_at:
        return None
    return DenialReason(ReasonCode.INCIDENT_HOLD)


RULE = AgreementRule(
    about=__doc__,
    code=ReasonCode.INCIDENT_HOLD,
    citation="APPI Art. 27(1) and 35(5), Guidelines 3-8-5-1; APPI-15, AC-16",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
