"""What counted, in numbers that a person can check."""

from datetime import date

from kanmon.rights.answer.counted import ActionCount, days_with_actions, kinds_counted
from kanmon.rights.answer.history import DailyActions
from tests.own_values import value_of

DID = [
    DailyActions(True, "view", 0, date(2026, 4, 1), 2, 2),
    DailyActions(True, "view", 1, date(2026, 4, 1), 1, 5),  # one day in Japan, two days before the moment
    DailyActions(True, "pre_entry", 30, date(2026, 3, 2), 1, 1),
    DailyActions(False, "search", 8, date(2026, 3, 24), 4, 4),
]


def test_kinds_about_the_company_first() -> None:
    assert kinds_counted(DID) == [
        ActionCount(True, "view", 3, 1, date(2026, 4, 1), date(2026, 4, 1)),
        ActionCount(True, "pre_entry", 1, 1, date(2026, 3, 2), date(2026, 3, 2)),
        ActionCount(False, "search", 4, 1, date(2026, 3, 24), date(2026, 3, 24)),
    ]
    assert (days_with_actions(DID, is_own=True), days_with_actions(DID, is_own=False)) == (2, 1)


def test_values_of_features() -> None:
    told = {
        "own_events_7d": 3, "own_events_all": 4, "own_weight_28d": 7, "own_active_days_7d": 2, "own_kinds_all": 2,
        "own_kinds_28d": 1, "other_events_7d": 0, "other_events_14d": 4, "own_recency": 0, "any_first": 30,
        "other_first": 8,
    }  # fmt: skip
    assert {name: value_of(name, DID) for name in told} == told


def test_what_takes_more_to_know_has_no_value() -> None:
    for name in ("own_missed", "sessions_7d", "days_since_applied", "own_pages_7d", "other_targets_all", "gone"):
        assert value_of(name, DID) is None
    assert value_of("own_recency", []) is None
