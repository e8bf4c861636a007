"""Two classes, two clocks: the dates of the law and our own, from what was known when (APPI-14, APPI-15)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from kanmon.core.clock import TOKYO
from kanmon.core.ids import IncidentId
from kanmon.incidents.deadlines import Duty, DutyDeadline, DutyState, Item, dues, items_met, reportable_since
from kanmon.incidents.model import Criteria, Fact, FactKind, Incident, IncidentClass, IncidentScope
from kanmon.incidents.open_days import is_open, open_day

DECEMBER = datetime(2026, 12, 1, 10, tzinfo=TOKYO)
SENSITIVE, WRONGFUL = Criteria(is_sensitive=True), Criteria(is_wrongful=True)


def incident(known_at: datetime = DECEMBER, criteria: Criteria = SENSITIVE, kind: str = "L") -> Incident:
    return Incident(
        IncidentId("I-2026-001"), IncidentClass(kind), "t",
        IncidentScope(known_at - timedelta(days=9)), known_at, known_at,
        known_at, "o", criteria, 1,
    )  # fmt: skip


def later(before: Incident, kind: FactKind, at: datetime, **body: object) -> Incident:
    fact = Fact(len(before.facts) + 1, kind, at, at, "o", body, 2)
    return replace(before, facts=(*before.facts, fact))


def due(of: Incident, duty: Duty) -> DutyDeadline:
    return next(one for one in dues(of) if one.duty is duty)


@pytest.mark.parametrize(
    ("known_on", "in_30_days", "in_60_days"),
    [
        ("2026-07-10", "2026-08-10", "2026-09-07"),
        ("2026-08-13", "2026-09-11", "2026-10-13"),
        ("2026-11-01", "2026-11-30", "2027-01-04"),
        ("2026-12-01", "2027-01-04", "2027-01-29"),
    ],
)
def test_the_last_day_of_the_final_report(known_on: str, in_30_days: str, in_60_days: str) -> None:
    """The table of APPI-14, from the first and to the last moment of the day in Japan."""
    for clock in ("00:00", "23:59"):
        known_at = datetime.fromisoformat(f"{known_on}T{clock}:00+09:00")
        assert due(incident(known_at), Duty.REPORT_FINAL).due_on == date.fromisoformat(in_30_days)
        assert due(incident(known_at, WRONGFUL), Duty.REPORT_FINAL).due_on == date.fromisoformat(in_60_days)


def test_the_preliminary_report_is_urgent_from_day_3_and_overdue_after_day_5() -> None:
    """AC-18: calendar days, the day of knowing being the first."""
    preliminary = due(incident(), Duty.REPORT_PRELIMINARY)
    assert preliminary.due_on == date(2026, 12, 5)
    states = {day: preliminary.state(datetime(2026, 12, day, tzinfo=TOKYO)) for day in range(1, 8)}
    assert states == {
        1: DutyState.DUE, 2: DutyState.DUE, 3: DutyState.WARN, 4: DutyState.WARN,
        5: DutyState.WARN, 6: DutyState.OVERDUE, 7: DutyState.OVERDUE,
    }  # fmt: skip
    in_time = later(incident(), FactKind.REPORT_PRELIMINARY, datetime(2026, 12, 5, 23, 59, tzinfo=TOKYO))
    assert due(in_time, Duty.REPORT_PRELIMINARY).state(DECEMBER + timedelta(days=90)) is DutyState.DONE
    too_late = later(incident(), FactKind.REPORT_PRELIMINARY, datetime(2026, 12, 6, 0, 1, tzinfo=TOKYO))
    assert due(too_late, Duty.REPORT_PRELIMINARY).state(DECEMBER + timedelta(days=90)) is DutyState.DONE_LATE


def test_what_was_provided_on_purpose_has_no_date_of_the_law() -> None:
    """AC-18 (a): 7,983 rows without consent are no leak; our own clock counts, and the report is voluntary."""
    uncovered = later(incident(criteria=Criteria(), kind="U"), FactKind.ESTIMATE, DECEMBER, min=7983, max=7983)
    assert reportable_since(uncovered) is None
    assert all(one.due_on is None for one in dues(uncovered))
    assert due(uncovered, Duty.REPORT_FINAL).state(DECEMBER + timedelta(days=999)) is DutyState.VOLUNTARY
    within = {one.duty: one.due_at - DECEMBER for one in dues(uncovered) if one.due_at}
    assert within == {
        Duty.HOLD: timedelta(0), Duty.SET: timedelta(minutes=5), Duty.RECALL: timedelta(hours=24),
        Duty.NOTICE: timedelta(hours=72), Duty.SELF_CHECK: timedelta(hours=72),
    }  # fmt: skip
    assert due(uncovered, Duty.HOLD).state(DECEMBER) is DutyState.DONE
    assert due(uncovered, Duty.SET).state(DECEMBER + timedelta(minutes=5)) is DutyState.OVERDUE
    known = replace(uncovered, computed_at=DECEMBER + timedelta(minutes=1))
    assert due(known, Duty.SET).state(DECEMBER + timedelta(days=1)) is DutyState.DONE


def test_the_same_rows_mailed_to_a_wrong_company_are_reported_within_30_days_or_60() -> None:
    """AC-18 (b)."""
    leak = later(incident(criteria=Criteria()), FactKind.ESTIMATE, DECEMBER, min=7983, max=7983)
    assert items_met(leak) == {Item.MANY: DECEMBER}
    assert due(leak, Duty.REPORT_FINAL).due_on == date(2027, 1, 4)
    wrongful = later(leak, FactKind.CRITERIA, DECEMBER + timedelta(days=3), wrongful=True)
    assert items_met(wrongful) == {Item.MANY: DECEMBER, Item.WRONGFUL: DECEMBER + timedelta(days=3)}
    assert due(wrongful, Duty.REPORT_FINAL).due_on == date(2027, 1, 29)


def test_a_growing_count_starts_the_clock_when_it_exceeds_1000() -> None:
    """AC-19, and no smaller estimate takes it back."""
    leak = later(incident(criteria=Criteria()), FactKind.ESTIMATE, DECEMBER, min=0, max=900)
    leak = later(leak, FactKind.ESTIMATE, DECEMBER + timedelta(days=1), min=900, max=1000)
    assert reportable_since(leak) is None
    assert due(leak, Duty.REPORT_FINAL) == DutyDeadline(Duty.REPORT_FINAL)
    ninth = DECEMBER + timedelta(days=8)
    leak = later(leak, FactKind.ESTIMATE, ninth, min=100, max=1200)
    leak = later(leak, FactKind.ESTIMATE, ninth + timedelta(days=1), min=100, max=800)
    assert reportable_since(leak) == ninth
    assert due(leak, Duty.REPORT_PRELIMINARY).due_on == date(2026, 12, 13)
    assert due(leak, Duty.REPORT_FINAL).due_on == date(2027, 1, 7)
    assert [fact.body["max"] for fact in leak.facts] == [900, 1000, 1200, 800]


def test_a_computed_set_counts_like_an_estimate() -> None:
    leak = later(incident(criteria=Criteria()), FactKind.SET, DECEMBER, count=1000)
    assert items_met(leak) == {}
    assert items_met(later(leak, FactKind.SET, DECEMBER, count=1001)) == {Item.MANY: DECEMBER}


@pytest.mark.parametrize(
    ("day", "opens"),
    [
        ("2026-12-28", "2026-12-28"),
        ("2026-12-29", "2027-01-04"),
        ("2027-01-03", "2027-01-04"),
        ("2026-05-03", "2026-05-07"),
        ("2026-09-19", "2026-09-24"),
        ("2026-08-11", "2026-08-12"),
    ],
)
def test_a_day_that_is_not_open_gives_way_to_the_next(day: str, opens: str) -> None:
    assert open_day(date.fromisoformat(day)) == date.fromisoformat(opens)
    assert is_open(date.fromisoformat(opens))
