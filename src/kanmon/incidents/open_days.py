"""On which days Japan's authorities are open: where the law's last day is none of them, the next one is (APPI-14)."""

from datetime import date, datetime, time, timedelta

import jpholiday

from kanmon.core.clock import TOKYO, day_of

_DAY = timedelta(days=1)
_SATURDAY = 5


def is_open(day: date) -> bool:
    """Whether it is no Saturday, Sunday, national holiday or day from 29 December to 3 January."""
    is_turn_of_year = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return not (day.weekday() >= _SATURDAY or is_turn_of_year or jpholiday.is_holiday(day))


def open_day(day: date) -> date:
    """The day itself or, where it is not open, the next that is."""
    while not is_open(day):
        day += _DAY
    return day


def last_day(known_at: datetime, days: int) -> date:
    """The last of so many days in Japan, the day of knowing being the first, weekends counted as well."""
    return day_of(known_at) + (days - 1) * _DAY


def end_of(day: date) -> datetime:
    """The moment at which a day in Japan is over."""
    return datetime.combine(day + _DAY, time(), TOKYO)
