"""An agreement counts only if the person could have said no and used the function all the same."""

from kanmon.consent.law import JP_APPI_2022
from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule


def judge(terms: Terms, _person: PersonFacts, agreement: Agreement) -> DenialReason | None:
    """Deny where it is known that refusing closed the function to the person."""
    is_void = terms.profile.consent_must_be_free and agreement.was_refusable is False
    return DenialReason(ReasonCode.NO_CONSENT) if is_void else None


RULE = AgreementRule(
    about=__doc__,
    code=ReasonCode.NO_CONSENT,
    citation=(
        "Employment Security Act guideline (Notice 141 of 1999 as revised) and the Ministry's notice of 6 September "
        "2019; EMP-02"
    ),
    in_force_from=JP_APPI_2022.in_force_from,
    judge=judge,
)
