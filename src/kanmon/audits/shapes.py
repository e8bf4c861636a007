"""What `kanmon audit ledger` prints with `--json`."""

from collections.abc import Sequence
from typing import NotRequired

from typing_extensions import TypedDict

from kanmon.ledger.shapes import ConflictResult, KeySuccession


class LedgerFindingResult(TypedDict):
    """A stretch of the ledger that is not what was signed."""

    fault: str
    first: int
    last: int


class RowFindingResult(TypedDict):
    """Rows that are not what the ledger says."""

    fault: str
    table: str
    batch: str
    rows: Sequence[str]


class LedgerResult(TypedDict):
    """The whole ledger, read again."""

    entries: int
    erased: int
    """Entries whose content was erased."""
    checkpoints: int
    findings: Sequence[LedgerFindingResult]
    rows: Sequence[RowFindingResult] | None
    """Null where the ledger itself has findings, so that rows could not be held against it."""
    successions: NotRequired[Sequence[KeySuccession]]
    witness_conflicts: NotRequired[Sequence[ConflictResult]]
