"""The only place that reads the time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")
"""The zone of a time that is written without one."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """A moment as arrays and tables hold it: whole microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(at: int) -> datetime:
    """The moment so many microseconds after 1970, in UTC."""
    return _EPOCH + timedelta(microseconds=int(at))


def day_of(moment: datetime) -> date:
    """The day of a moment in Japan."""
    return moment.astimezone(TOKYO).date()


def earliest_of(moment: datetime) -> datetime:
    """The first moment that a file may have meant which is kept at its last possible one.

    A date alone is kept as the last microsecond of that day in Tokyo; every other moment is as exact as it is.
    """
    local = moment.astimezone(TOKYO)
    is_a_day = local.time() == time.max
    return moment - (timedelta(days=1) - timedelta(microseconds=1)) if is_a_day else moment


class Clock(Protocol):
    """What tells a service which moment it acts at."""

    def now(self) -> datetime:
        """The moment acted at, in UTC."""

    def real(self) -> datetime:
        """The moment of the machine's own clock, in UTC."""

    @property
    def is_replay(self) -> bool:
        """Whether `now` is a moment somebody asked for rather than the real one."""

    @property
    def in_replays(self) -> bool:
        """Whether the workspace was made for replays, whatever moment is acted at."""


@dataclass(frozen=True)
class SystemClock:
    """Acts at the real moment."""

    is_replay: bool = False
    in_replays: bool = False

    def now(self) -> datetime:
        """The real moment, in UTC."""
        return self.real()

    def real(self) -> datetime:
        """The real moment, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class ReplayClock:
    """Acts as if it were `acts_at`; the real moment is kept beside it in all that is made."""

    acts_at: datetime
    is_replay: bool = True
    in_replays: bool = True

    def now(self) -> datetime:
        """The moment asked for, in UTC."""
        return self.acts_at.astimezone(UTC)

    def real(self) -> datetime:
        """The real moment, in UTC."""
        return datetime.now(UTC)
