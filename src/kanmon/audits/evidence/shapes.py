"""What `kanmon evidence` prints with `--json`."""

from typing_extensions import TypedDict


class EvidenceResult(TypedDict):
    """The pack that was written."""

    file: str
    entries: int
    """How many entries of the ledger it holds."""
    ledger_seq: int
    vkey: str
    """The key to check it with."""
