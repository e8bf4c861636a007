"""How exactly a cell says when something happened: its latest possible moment, as SQL.

A cell is read as its earliest moment. How much later it may have been follows from how it is written: a date alone is
a whole day, a minute sixty seconds; a time without an offset is Tokyo's by the contract, but where times with one stand
in the same file it may as well be UTC's, which is nine hours later.
"""

from datetime import timedelta
from typing import Protocol

HAS_OFFSET = r"[Z+]|T.*-| .*-"
_TOKYO_BEFORE_UTC = timedelta(hours=9)
_DAY, _MINUTE = 86_400_000_000, 60_000_000


class Cells(Protocol):
    """What is known of a column of times: its type in the file."""

    @property
    def family(self) -> str:
        """The type without its parameters."""

    @property
    def is_text(self) -> bool:
        """Whether cells are written words."""

    @property
    def is_zoneless(self) -> bool:
        """Whether cells are times that know no zone."""


def latest_of(earliest: str, written: str, found: Cells, *, is_mixed: bool) -> str:
    """The latest moment that a cell may mean, `earliest` being how it is read; null where that is the same moment."""
    return f"nullif({earliest} + to_microseconds({_micros(written, found, is_mixed, is_fine=True)}), {earliest})"


def late_reading(earliest: str, written: str, found: Cells, *, is_mixed: bool) -> str:
    """The last moment of the day that a date alone names, or the later of two zones; times of day are as written."""
    return f"({earliest} + to_microseconds({_micros(written, found, is_mixed, is_fine=False)}))"


def _micros(written: str, found: Cells, is_mixed: bool, *, is_fine: bool) -> str:
    return f"{_step(written, found, is_fine)} - 1 + {_zone(written, found) if is_mixed else 0}"


def _step(written: str, found: Cells, is_fine: bool) -> str:
    if not found.is_text:
        return f"{_DAY if found.family == 'DATE' else 1}::BIGINT"
    if not is_fine:
        return f"CASE WHEN length({written}) = 10 THEN {_DAY} ELSE 1 END::BIGINT"
    digits = f"length(regexp_extract({written}, '\\.(\\d+)', 1))"
    fraction = f"CAST(power(10, greatest(0, 6 - {digits})) AS BIGINT)"
    is_to_the_minute = f"NOT regexp_matches({written}, '^.{{16}}:\\d')"
    return f"CASE WHEN length({written}) = 10 THEN {_DAY} WHEN {is_to_the_minute} THEN {_MINUTE} ELSE {fraction} END"


def _zone(written: str, found: Cells) -> str:
    later = int(_TOKYO_BEFORE_UTC / timedelta(microseconds=1))
    if found.is_text:
        return f"CASE WHEN regexp_matches({written}, '{HAS_OFFSET}') THEN 0 ELSE {later} END"
    return str(later if found.is_zoneless else 0)
