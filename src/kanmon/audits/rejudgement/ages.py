"""Did the one agree who had to: the person from 16 on, the person's representative before (Act 56 of 2026)?"""

from datetime import date, datetime

from kanmon.audits.rejudgement.papers import PersonEvent
from kanmon.consent.law import LawProfile, LawSubject
from kanmon.core.clock import day_of

AGE = 16
"""From this age on a person agrees alone."""


def is_by_who_had_to(agreed: PersonEvent, law: LawProfile, at: datetime) -> bool:
    """Whether the person or a representative by a right that is named agreed, and whom the law of the day asks for."""
    is_own = agreed.given_by in {None, "person"} and agreed.relation is None
    is_represented = agreed.given_by == "representative" and agreed.relation is not None
    if not (is_own or is_represented):
        return False
    today = day_of(at)
    if not law.asks(LawSubject.UNDER_16, today):
        return True
    born_on = agreed.born_on
    if born_on is None:
        return False
    if years(born_on, day_of(agreed.given_from or agreed.at)) >= AGE:
        return is_own
    lasts = years(born_on, today) < AGE or not law.leaves_open(LawSubject.REPRESENTED_UNTIL_16, today)
    return is_represented and lasts


def years(born_on: date, day: date) -> int:
    """How many birthdays somebody has had by a day; who was born on 29 February has it on 1 March otherwise."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))
