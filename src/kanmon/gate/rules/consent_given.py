"""Nothing without the person's own agreement, given beforehand."""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import PersonRule, PersonStage


def judge(_terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny where nobody is known behind the row, where nothing was agreed to, or where the last word is a refusal."""
    if person.agreements or _last_word_is_withdrawal(person):
        return None
    return DenialReason(ReasonCode.NO_CONSENT)


def _last_word_is_withdrawal(person: PersonFacts) -> bool:
    withdrawn_at, refused_at = person.last_withdrawn_at, person.last_refused_at
    return withdrawn_at is not None and (refused_at is None or withdrawn_at >= refused_at)


RULE = PersonRule(
    about=__doc__,
    code=ReasonCode.NO_CONSENT,
    citation="APPI Art. 27(1), Guidelines 2-16 and 3-6-1, FAQ Q7-6; APPI-05",
    in_force_from=JP_APPI_2017.in_force_from,
    stages=(PersonStage.ABSENCE,),
    judge=judge,
)
