"""Work that is done by schedule: each kind once a period, whatever the number of workers and however long none ran."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from kanmon.core.errors import UsageError
from kanmon.core.language import N_
from kanmon.jobs.job import Job, JobKind, JobState

SETTING = "KANMON_TIMERS"
OFF = "off"
AGAIN = timedelta(hours=1)
"""When work that failed is asked for again, where its period is no shorter."""
DEFAULTS: Mapping[JobKind, timedelta] = MappingProxyType({
    JobKind.DRIFT: timedelta(days=1),
    JobKind.USE: timedelta(days=7),  # each look at new decisions halves the level of the next: ADR 20
    JobKind.LEDGER: timedelta(days=1),
    JobKind.DEADLINES: timedelta(days=1),
})  # fmt: skip
"""Periods where the setting says nothing."""


@dataclass(frozen=True)
class Timer:
    """A kind of work and its period; the first time it is due `first` after it was known."""

    kind: JobKind
    every: timedelta
    first: timedelta

    @property
    def again(self) -> timedelta:
        """How long after a failure it is asked for again."""
        return min(self.every, AGAIN)


@dataclass(frozen=True)
class TimerState:
    """When work is due next, and the job that was asked for last; None before the first."""

    kind: JobKind
    every: timedelta
    due_at: datetime
    last: Job | None

    @property
    def has_failed(self) -> bool:
        """Whether it was not done the last time, for a failure or by a rule."""
        return self.last is not None and self.last.state in (JobState.FAILED, JobState.REFUSED)


@dataclass(frozen=True)
class WorkAges:
    """How old work is, by the database's clock."""

    waiting_seconds: Mapping[JobKind, float]
    """Since the oldest open job of a kind was asked for; 0 where none is open."""
    done_at: Mapping[JobKind, datetime]
    """When a job of a kind last ended well."""
    raised_at: Mapping["AlertCode", datetime]
    unsent: int
    """Alerts of the last seven days that neither mail nor webhook has taken."""


class AlertCode(StrEnum):
    """What scheduled work found."""

    MODEL_DRIFTED = "MODEL_DRIFTED"
    MISUSE_FOUND = "MISUSE_FOUND"
    LEDGER_WRONG = "LEDGER_WRONG"
    ROWS_WRONG = "ROWS_WRONG"
    SCREENS_WRONG = "SCREENS_WRONG"
    RECALL_OVERDUE = "RECALL_OVERDUE"
    DEADLINES_DUE = "DEADLINES_DUE"
    WORK_FAILED = "WORK_FAILED"


@dataclass(frozen=True)
class OwnerAlert:
    """Something that the privacy owner is told; `facts` hold counts, codes and clients, never a person."""

    alert_no: int
    kind: JobKind
    code: AlertCode
    facts: Mapping[str, object]
    raised_at: datetime
    mailed_at: datetime | None
    posted_at: datetime | None


def timers_of(setting: str) -> Mapping[JobKind, Timer]:
    """The timers as the setting says: `drift=24 use=168 ledger=off`, hours; what it doesn't name is as by default.

    `UsageError` where it names no timer, or no number of hours above 0.
    """
    periods: dict[JobKind, timedelta | None] = dict(DEFAULTS)
    for written in setting.replace(",", " ").split():
        name, _, hours = written.partition("=")
        try:
            kind = JobKind(name)
            period = None if hours == OFF else timedelta(hours=float(hours))
        except (ValueError, OverflowError):
            raise _unreadable(written) from None
        if kind not in DEFAULTS or (period is not None and not period > timedelta(0)):
            raise _unreadable(written)
        periods[kind] = period
    return {kind: Timer(kind, period, period) for kind, period in periods.items() if period is not None}


def _unreadable(written: str) -> UsageError:
    return UsageError(
        N_("KANMON_TIMERS: %(written)s is no timer; write drift, use, ledger or deadlines, = and hours or off"),
        written=written,
    )
