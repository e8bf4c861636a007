"""What a person is told of a provision: its record in the ledger, and the words for what went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kanmon.core.language import N_

ITEMS: Mapping[str, str] = {
    "applicant_id": N_("the client's applicant ID"),
    "score": N_("score"),
    "category": N_("category"),
}
"""What each item that is provided is called; ids of messages."""


@dataclass(frozen=True)
class ReportedProvision:
    """One record of what was provided, as the ledger keeps it; `record` is the entry's payload."""

    ledger_seq: int
    record: Mapping[str, Any]
    categories: Sequence[tuple[str, float | None]] = ()
    """The symbols of its report with their cut-offs, as they were then (DM-03)."""
