"""What is due of an incident, until when: the law's clock for class L, our own for class U (APPI-14, APPI-15).

Class L is reportable from the moment at which one of the items of Rule 7 is met: for more than 1,000 people (item iv)
that is when an estimate first exceeds it, whatever was thought before (AC-19). From that day, itself the first, the
preliminary report is due within about 3 to 5 days, the final one within 30, or 60 where item (iii) is met; weekends
are counted, and where the last day of the final report is not open, the next open day is (Rule 8).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from kanmon.incidents.model import Criteria, Fact, FactKind, Incident, IncidentClass
from kanmon.incidents.open_days import end_of, last_day, open_day

MOST_UNREPORTED = 1000
"""So many people are not yet item (iv): more than that are."""
_PRELIMINARY_WARN, _PRELIMINARY_LAST = 3, 5
"""Days, counted by the calendar."""
_FINAL, _FINAL_WRONGFUL = 30, 60


class Item(StrEnum):
    """The items of Rule 7: which leaks are reported."""

    SENSITIVE = "i"
    PROPERTY = "ii"
    WRONGFUL = "iii"
    MANY = "iv"


class Duty(StrEnum):
    """What is due."""

    HOLD = "hold"
    """The gate is closed to whomever it may concern."""
    SET = "set"
    """It is known whom it affects."""
    RECALL = "recall"
    """Every recipient is asked to erase."""
    NOTICE = "notice"
    """Everybody affected who can be reached is told."""
    SELF_CHECK = "self_check"
    """Everybody can see whether it affects them."""
    REPORT_PRELIMINARY = "report_preliminary"
    REPORT_FINAL = "report_final"


class DutyState(StrEnum):
    """How a duty stands."""

    DONE = "done"
    DONE_LATE = "done_late"
    DUE = "due"
    WARN = "warn"
    OVERDUE = "overdue"
    VOLUNTARY = "voluntary"
    """Not done, and no date asks for it."""


OWN_CLOCK: Mapping[Duty, timedelta] = {
    Duty.HOLD: timedelta(0),
    Duty.SET: timedelta(minutes=5),
    Duty.RECALL: timedelta(hours=24),
    Duty.NOTICE: timedelta(hours=72),
    Duty.SELF_CHECK: timedelta(hours=72),
}
"""Of class U, from its record on (AC-16)."""


@dataclass(frozen=True)
class DutyDeadline:
    """One duty; instants in UTC or Tokyo, `due_at` itself is already too late but for the hold."""

    duty: Duty
    due_at: datetime | None = None
    due_on: date | None = None
    """The last day, where the law counts days."""
    warn_at: datetime | None = None
    done_at: datetime | None = None

    def state(self, at: datetime) -> DutyState:
        """How it stands at a moment."""
        if self.done_at is not None:
            return DutyState.DONE if self.due_at is None or self.done_at <= self.due_at else DutyState.DONE_LATE
        if self.due_at is None:
            return DutyState.VOLUNTARY
        if at >= self.due_at:
            return DutyState.OVERDUE
        return DutyState.WARN if self.warn_at is not None and at >= self.warn_at else DutyState.DUE


def items_met(incident: Incident) -> Mapping[Item, datetime]:
    """Since when each item of Rule 7 is known to be met; once met, an item stays met."""
    met: dict[Item, datetime] = {}
    for at, items in _learned(incident):
        for item in items:
            met.setdefault(item, at)
    return met


def reportable_since(incident: Incident) -> datetime | None:
    """When the clock of Art. 26 began; None where it did not: never in class U, which is no leak (AC-18)."""
    if incident.kind is IncidentClass.UNCOVERED:
        return None
    return min(items_met(incident).values(), default=None)


def dues(incident: Incident) -> Sequence[DutyDeadline]:
    """What is due of it, in the order of the dates."""
    if incident.kind is IncidentClass.UNCOVERED:
        return _own_dues(incident)
    since = reportable_since(incident)
    preliminary_at = _first(incident, FactKind.REPORT_PRELIMINARY)
    final_at = _first(incident, FactKind.REPORT_FINAL)
    if since is None:
        return [
            DutyDeadline(Duty.REPORT_PRELIMINARY, done_at=preliminary_at),
            DutyDeadline(Duty.REPORT_FINAL, done_at=final_at),
        ]
    warn_on, preliminary_on = last_day(since, _PRELIMINARY_WARN), last_day(since, _PRELIMINARY_LAST)
    days = _FINAL_WRONGFUL if Item.WRONGFUL in items_met(incident) else _FINAL
    final_on = open_day(last_day(since, days))
    return [
        DutyDeadline(
            Duty.REPORT_PRELIMINARY,
            end_of(preliminary_on),
            preliminary_on,
            warn_at=end_of(warn_on - timedelta(days=1)),
            done_at=preliminary_at or final_at,
        ),
        DutyDeadline(Duty.REPORT_FINAL, end_of(final_on), final_on, done_at=final_at),
    ]


def next_due(incident: Incident) -> DutyDeadline | None:
    """What must be done next, of what a date asks for; None where nothing is, or the incident is closed."""
    if incident.closed_at is not None:
        return None
    waiting = {duty.due_at: duty for duty in dues(incident) if duty.done_at is None and duty.due_at is not None}
    return waiting[min(waiting)] if waiting else None


def _own_dues(incident: Incident) -> list[DutyDeadline]:
    done = {
        Duty.HOLD: incident.opened_at,
        Duty.SET: incident.computed_at,
        Duty.RECALL: _first(incident, FactKind.RECALL),
        Duty.NOTICE: _first(incident, FactKind.NOTICE),
        Duty.SELF_CHECK: incident.computed_at,
    }
    own = [DutyDeadline(duty, incident.opened_at + within, done_at=done[duty]) for duty, within in OWN_CLOCK.items()]
    return [*own, DutyDeadline(Duty.REPORT_FINAL, done_at=_first(incident, FactKind.REPORT_FINAL))]


def _learned(incident: Incident) -> Iterator[tuple[datetime, set[Item]]]:
    yield incident.known_at, _of_criteria(incident.criteria)
    for fact in incident.facts:
        match fact.kind:
            case FactKind.CRITERIA:
                yield fact.at, _of_criteria(criteria_of(fact))
            case FactKind.ESTIMATE if _count(fact, "max") > MOST_UNREPORTED:
                yield fact.at, {Item.MANY}
            case FactKind.SET if _count(fact, "count") > MOST_UNREPORTED:
                yield fact.at, {Item.MANY}


def criteria_of(fact: Fact) -> Criteria:
    """Items (i) to (iii) as a fact says them."""
    return Criteria(*(bool(fact.body.get(name)) for name in ("sensitive", "property", "wrongful")))


def _of_criteria(criteria: Criteria) -> set[Item]:
    said = {
        Item.SENSITIVE: criteria.is_sensitive,
        Item.PROPERTY: criteria.is_property,
        Item.WRONGFUL: criteria.is_wrongful,
    }
    return {item for item, is_met in said.items() if is_met}


def _count(fact: Fact, name: str) -> int:
    count = fact.body.get(name)
    return count if isinstance(count, int) else 0


def _first(incident: Incident, kind: FactKind) -> datetime | None:
    return next((fact.at for fact in incident.facts if fact.kind is kind), None)
