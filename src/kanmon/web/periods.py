"""Periods as a form names them: days in Tokyo, from the beginning of the first to that of the last."""

from datetime import UTC, date, datetime, time, timedelta

from kanmon.audits.gap.model import Window
from kanmon.core.clock import TOKYO, day_of
from kanmon.core.errors import UsageError
from kanmon.core.language import N_


def beginning_of(written: str) -> datetime:
    """The beginning of a day in Tokyo; `UsageError` where nothing like 2026-04-01 is written."""
    try:
        return datetime.combine(date.fromisoformat(written), time(), TOKYO).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(N_("“%(written)s” is not a day; write it like 2026-04-01"), written=written) from None


def clock_time(written: str) -> datetime:
    """A moment of Tokyo; `UsageError` where nothing like 2026-04-01T09:30 is written."""
    try:
        return datetime.fromisoformat(written).replace(tzinfo=TOKYO).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(N_("“%(written)s” is not a moment; write it like 2026-04-01T09:30"), written=written) from None


def window_of(since: str, until: str, now: datetime, days: int) -> Window:
    """The period between two written days, both included; an empty one stands for `days` ago, or for today.

    `UsageError` where one is no day, or the last comes before the first.
    """
    today = day_of(now)
    ends = beginning_of(until or today.isoformat()) + timedelta(days=1)
    begins = beginning_of(since) if since else ends - timedelta(days=days)
    return Window(begins, ends)


def days_of(window: Window) -> tuple[str, str]:
    """The first and the last day of a period, as a form writes them."""
    last = window.until - timedelta(microseconds=1)
    return _day(window.since), _day(last)


def _day(at: datetime) -> str:
    return day_of(at).isoformat()
