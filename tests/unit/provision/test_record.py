"""How long a provision record is kept."""

from datetime import UTC, date, datetime

import pytest

from kanmon.provision.record import items_provided, retain_until


@pytest.mark.parametrize(
    ("created_at", "until"),
    [
        (datetime(2026, 4, 1, 3, tzinfo=UTC), date(2029, 4, 1)),
        (datetime(2026, 3, 31, 15, tzinfo=UTC), date(2029, 4, 1)),  # already 1 April in Japan
        (datetime(2028, 2, 29, 3, tzinfo=UTC), date(2031, 3, 1)),
    ],
)
def test_is_kept_three_years_and_never_a_day_less(created_at: datetime, until: date) -> None:
    assert retain_until(created_at) == until


def test_items_are_named_one_by_one() -> None:
    assert items_provided(has_categories=False) == ("applicant_id", "score")
    assert items_provided(has_categories=True) == ("applicant_id", "score", "category")
