"""An agreement lasts no longer than the words shown said."""

from datetime import timedelta

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule


def judge(terms: Terms, _person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny from the last agreement to that text plus its days of validity on."""
    if agreement.valid_days is None:
        return None
    has_run_out = terms.asked_at >= agreement.last_at + timedelta(days=agreement.valid_days)
    return DenialReason(ReasonCode.CONSENT_EXPIRED) if has_run_out else None


RULE = AgreementRule(
    about=__doc__,
    code=ReasonCode.CONSENT_EXPIRED,
    citation="ISO/IEC TS 27560 validity_duration; CON-03",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
