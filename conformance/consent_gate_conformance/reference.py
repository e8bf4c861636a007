"""The rules of the suite as one function: it passes every vector, and none of its mutants does.

It is written to be read beside the README, not to be fast. What cannot be read, ordered or found never allows.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, NamedTuple

Record = Mapping[str, Any]
TOKYO = timezone(timedelta(hours=9))
"""Days are days in Japan."""


class Act(NamedTuple):
    """What a person did, and the first and last moment at which it may have happened."""

    record: Record
    earliest: datetime
    latest: datetime


def answer(facts: Record, question: Record) -> bool:
    """Whether it is allowed to provide these items about this person to this recipient at this moment."""
    asked = instant(question["at"])
    recipient = named(facts["recipients"], question["recipient"])
    person = named(facts["people"], question["person"])
    law = law_of_day(facts["laws"], asked)
    if recipient is None or person is None or law is None:
        return False
    if not contract_permits(recipient["contract"], question, asked):
        return False
    stops = [stop for stop in facts["stops"] if concerns(stop, question) and instant(stop["at"]) <= asked]
    if any(stop["resumed"] is None or instant(stop["resumed"]) > asked for stop in stops):
        return False
    if any(erased["person"] == person["id"] and instant(erased["at"]) <= asked for erased in facts["erasures"]):
        return False
    records = [record for record in facts["acts"] if record["person"] == person["id"]]
    if any(record["do"] != "agree" and moments(record) is None for record in records):
        return False
    acts = [Act(record, *when) for record in records if (when := moments(record)) is not None]
    ends = [act.latest for act in acts if may_end(facts, act, question) and act.earliest <= asked]
    doubts = [instant(stop["at"]) for stop in stops if stop["doubts_agreements"]]
    return any(
        all(moment < act.earliest for moment in ends + doubts)
        and is_evidence(facts, person, act, asked)
        and is_free(law, act)
        and is_given_by_whom_the_law_asks(law, person, act, asked)
        and covers(facts, act, question, asked)
        for act in acts
        if act.record["do"] == "agree" and act.latest < asked and concerns(act.record, question)
    )


def contract_permits(contract: Record | None, question: Record, asked: datetime) -> bool:
    """Whether the recipient may receive this now, whatever the person agreed to."""
    if contract is None or contract["purpose"] != question["purpose"]:
        return False
    return instant(contract["from"]) <= asked < instant(contract["to"])


def law_of_day(laws: Sequence[Record], asked: datetime) -> Record | None:
    """The law that is in force on the day; None where there is none that we know."""
    day = asked.astimezone(TOKYO).date().isoformat()
    return next((law for law in laws if law["from"] <= day and (law["to"] is None or day <= law["to"])), None)


def may_end(facts: Record, act: Act, question: Record) -> bool:
    """Whether an act may end an agreement: all that is none itself, for this recipient or nobody knows for whom."""
    is_for_somebody_known = named(facts["recipients"], act.record["recipient"]) is not None
    return act.record["do"] != "agree" and (concerns(act.record, question) or not is_for_somebody_known)


def is_evidence(facts: Record, person: Record, act: Act, asked: datetime) -> bool:
    """Whether the act shows that this person saw words that had taken effect, on a screen that was there and right."""
    screen, notice = named(facts["screens"], act.record["screen"]), notice_of(facts, act)
    if screen is None or notice is None:
        return False
    begins = max(instant(person["registered"]), instant(notice["from"]), instant(screen["from"]))
    is_over = screen["to"] is not None and act.latest >= instant(screen["to"])
    return begins <= act.earliest and not is_over and was_right(facts, act, asked)


def was_right(facts: Record, act: Act, asked: datetime) -> bool:
    """Whether the screen was seen to show the words in force before the act and, if it was looked at since, after it.

    What was agreed to the words in force counts again once a screen that had been wrong is seen right.
    """
    seen: dict[datetime, bool] = {}
    for look in facts["looks"]:
        at = instant(look["at"])
        if look["screen"] == act.record["screen"] and at <= asked:
            seen[at] = seen.get(at, True) and look["sha256"] == in_force(facts, at)
    before = max((at for at in seen if at <= act.earliest), default=None)
    if before is None:
        return False
    after = min((at for at in seen if act.latest < at), default=asked)
    if all(is_right for at, is_right in seen.items() if before <= at <= after):
        return True
    is_mended = any(is_right for at, is_right in seen.items() if act.latest < at)
    return is_mended and act.record["sha256"] == in_force(facts, act.earliest)


def in_force(facts: Record, moment: datetime) -> Any:
    """The hash of the words in force: those of the newest notice that has taken effect."""
    effective = [(instant(notice["from"]), notice["sha256"]) for notice in facts["notices"]]
    return max((found for found in effective if found[0] <= moment), default=(moment, None))[1]


def is_free(law: Record, act: Act) -> bool:
    """Whether the person could refuse, where the law asks for that; what nobody noted contradicts nothing."""
    return "free_choice" not in law["demands"] or act.record["could_refuse"] is not False


def is_given_by_whom_the_law_asks(law: Record, person: Record, act: Act, asked: datetime) -> bool:
    """Whether the person acted or, under 16 where the law asks for it, a representative who says by what right."""
    giver = (act.record["by"], act.record["right"] is not None)
    if giver not in (("person", False), ("representative", True)):
        return False
    if "representative_under_16" not in law["demands"]:
        return True
    if person["born"] is None:
        return False
    if is_under_16(person, act.earliest):
        return giver == ("representative", True) and is_under_16(person, asked)
    return giver == ("person", False)


def is_under_16(person: Record, moment: datetime) -> bool:
    """Whether the person is younger than 16 on the day."""
    year, rest = person["born"][:4], person["born"][4:]
    return moment.astimezone(TOKYO).date().isoformat() < f"{int(year) + 16}{rest}"


def covers(facts: Record, act: Act, question: Record, asked: datetime) -> bool:
    """Whether one clause of the words agreed to states all that is asked, and the agreement still lasts."""
    notice = notice_of(facts, act) or {"valid_days": None, "clauses": ()}
    if notice["valid_days"] is not None and act.earliest + timedelta(days=notice["valid_days"]) <= asked:
        return False
    return any(
        not clause["omits"]
        and question["recipient"] in (clause["recipients"] or ())
        and question["purpose"] == clause["purpose"]
        and set(question["items"]) <= set(clause["items"])
        for clause in notice["clauses"]
    )


def concerns(record: Record, question: Record) -> bool:
    """Whether an act or a stop is about the recipient asked about; one that names none is about all."""
    return record["recipient"] in (None, question["recipient"])


def moments(record: Record) -> tuple[datetime, datetime] | None:
    """The first and the last moment at which an act may have happened; None where that can't be read.

    A date alone is some time on that day.
    """
    try:
        if len(record["at"]) == len("2025-04-01"):
            begins = datetime.combine(date.fromisoformat(record["at"]), time.min, TOKYO)
            return begins, begins + timedelta(days=1, microseconds=-1)
        moment = instant(record["at"])
    except ValueError:
        return None
    return moment, moment


def instant(written: str) -> datetime:
    """A moment as ISO 8601 with its offset; `ValueError` where it is anything else."""
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError(written)
    return moment


def named(records: Sequence[Record], name: str | None) -> Record | None:
    """The record of that `id`."""
    return next((record for record in records if record["id"] == name), None)


def notice_of(facts: Record, act: Act) -> Record | None:
    """The notice whose words were shown."""
    return next((notice for notice in facts["notices"] if notice["sha256"] == act.record["sha256"]), None)
