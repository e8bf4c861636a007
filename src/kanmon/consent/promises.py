"""What words promise of the provision itself, where a machine can keep it: an encrypted file, and how often at most.

A `service.yaml` says so by the value of `means` (E15) and of `timing` (E16). Words without such a value are kept by a
person (`gate.promises`). Unlike coverage, a promise binds wherever it stands in a text; of several, the strictest does.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from kanmon.consent.policy import Element, PolicyVersion
from kanmon.core.clock import TOKYO

_NEVER_AGAIN = datetime.max.replace(tzinfo=UTC)


class Means(StrEnum):
    """How words say that scores go."""

    ENCRYPTED_FILE = "encrypted_file"


class Frequency(StrEnum):
    """How often at most one client is provided with a person's score, the loosest first."""

    DAILY = "once_a_day"
    WEEKLY = "once_a_week"
    MONTHLY = "once_a_month"
    YEARLY = "once_a_year"
    ONCE = "once_a_season"

    def next_after(self, provided_at: datetime) -> datetime:
        """The first moment at which a score may go again; a month is a calendar month in Japan, from day to day."""
        match self:
            case Frequency.DAILY:
                return provided_at + timedelta(days=1)
            case Frequency.WEEKLY:
                return provided_at + timedelta(days=7)
            case Frequency.MONTHLY:
                return _months_after(provided_at, 1)
            case Frequency.YEARLY:
                return _months_after(provided_at, 12)
            case Frequency.ONCE:
                return _NEVER_AGAIN


VALUES: dict[Element, type[Means] | type[Frequency]] = {Element.MEANS: Means, Element.TIMING: Frequency}
"""The values that a machine keeps, by their element."""


@dataclass(frozen=True)
class Promises:
    """What a text promises; nothing where it doesn't."""

    is_encrypted: bool = False
    """Whether scores go in an encrypted file only."""
    frequency: Frequency | None = None


NO_PROMISES = Promises()


def strictest(promises: Iterable[Promises]) -> Promises:
    """All of several promises in one."""
    known = list(promises)
    frequencies = [promise.frequency for promise in known if promise.frequency is not None]
    frequency = max(frequencies, key=list(Frequency).index, default=None)
    return Promises(any(promise.is_encrypted for promise in known), frequency)


def is_readable(element: Element, value: object) -> bool:
    """Whether a value of `means` or `timing` is one that a machine or, as plain words, a person keeps."""
    return value is True or value in list(VALUES[element])


def promises_of(version: PolicyVersion) -> Promises:
    """All that a text promises; a value that can't be read promises the most."""
    means, timings = (_values(version, element) for element in (Element.MEANS, Element.TIMING))
    frequencies = (Frequency(value) if value in list(Frequency) else Frequency.ONCE for value in timings)
    return strictest([Promises(is_encrypted=bool(means)), *(Promises(frequency=one) for one in frequencies)])


def _values(version: PolicyVersion, element: Element) -> list[str]:
    """What the clauses say of an element for a machine to keep."""
    stated = (clause.statements.get(element) for clause in version.clauses)
    return [str(said.value) for said in stated if said is not None and not isinstance(said.value, bool)]


def _months_after(at: datetime, months: int) -> datetime:
    """The same time of day so many months later, in Japan; where the month has no such day, its last one's end."""
    here = at.astimezone(TOKYO)
    year, month = here.year + (here.month - 1 + months) // 12, (here.month - 1 + months) % 12 + 1
    last = monthrange(year, month)[1]
    if here.day <= last:
        return here.replace(year=year, month=month).astimezone(UTC)
    end = here.replace(year=year, month=month, day=last, hour=0, minute=0, second=0, microsecond=0)
    return (end + timedelta(days=1)).astimezone(UTC)
