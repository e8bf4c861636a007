"""Tables and ledger held against each other, both ways: a row that is not what was entered, an entry without its row.

What is found is a fact, not an accusation: who may have written past Kanmon, only its operator knows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kanmon.core.language import N_

MOST_NAMED = 20
"""So many rows of one finding are named; the others are counted."""


class RowMismatch(StrEnum):
    """What can be wrong between a table and the ledger."""

    CHANGED = "row_changed"
    MISSING = "row_missing"
    NOT_ENTERED = "row_not_entered"


ROW_FAULT_TEXTS: Mapping[RowMismatch, str] = {
    RowMismatch.CHANGED: N_("%(table)s, %(batch)s: not what was entered: %(rows)s"),
    RowMismatch.MISSING: N_("%(table)s, %(batch)s: entered, and gone: %(rows)s"),
    RowMismatch.NOT_ENTERED: N_("%(table)s, %(batch)s: put in beside Kanmon, no entry tells of: %(rows)s"),
}
"""What each fault is called; `rows` are the rows' keys."""


@dataclass(frozen=True)
class RowFinding:
    """Rows of one table and batch with the same fault; `batch` says where they belong."""

    fault: RowMismatch
    table: str
    batch: str
    rows: tuple[str, ...]


def row_sentences(findings: Iterable[RowFinding], translate: Callable[[str], str]) -> Iterator[str]:
    """What was found, for people; of each finding at most `MOST_NAMED` rows are named."""
    for finding in findings:
        rows, more = ", ".join(finding.rows[:MOST_NAMED]), len(finding.rows) - MOST_NAMED
        if more > 0:
            rows = translate(N_("%(rows)s and %(count)s more")) % {"rows": rows, "count": more}
        named = {"table": finding.table, "batch": finding.batch, "rows": rows}
        yield translate(ROW_FAULT_TEXTS[finding.fault]) % named


class EnteredRows(Protocol):
    """What the ledger has entered, and what the tables hold, read by SQL of its own; all of one moment."""

    def batches(self) -> Iterator[tuple[str, str, Mapping[str, str], Mapping[str, str]]]:
        """Table and batch, the digests that were entered last, and those of the rows that there are, by key.

        Rows that were erased with their person are in neither.
        """

    def acts(self) -> Iterator[RowFinding]:
        """What is wrong with acts of consent: members' acts against their seals, loads and entries against acts.

        And with answers that were taken live, objections against the requests that were entered, and notices.
        """


def reconcile(entered: EnteredRows) -> list[RowFinding]:
    """All that is wrong between tables and ledger, acts of consent first."""
    found = list(entered.acts())
    for table, batch, before, now in entered.batches():
        found += compared(table, batch, before, now)
    return found


def compared(table: str, batch: str, before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[RowFinding]:
    """What differs between what was entered and what is there."""
    changed = (key for key in before.keys() & now.keys() if before[key] != now[key])
    yield from _finding(RowMismatch.CHANGED, table, batch, changed)
    yield from _finding(RowMismatch.MISSING, table, batch, before.keys() - now.keys())
    yield from _finding(RowMismatch.NOT_ENTERED, table, batch, now.keys() - before.keys())


def _finding(fault: RowMismatch, table: str, batch: str, keys: Iterable[str]) -> Iterator[RowFinding]:
    if rows := tuple(sorted(keys)):
        yield RowFinding(fault, table, batch, rows)
