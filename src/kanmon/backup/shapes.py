"""What `kanmon backup` and `restore` print with `--json`."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from kanmon.ledger.shapes import AcceptedRestore


class BackupResult(TypedDict):
    """The copy of a workspace."""

    folder: str
    keys: str | None
    """Where the keys were copied to."""
    made_at: str
    version: str
    """Of Kanmon."""
    identity: str
    """Of the ledger."""
    entries: int
    """Of the ledger."""
    files: int
    bytes: int
    rows: int


class RestoredResult(TypedDict):
    """A workspace that was made of a backup."""

    workspace: str
    made_at: str
    version: str
    identity: str
    entries: int
    files: int
    findings: int | None
    """Of the check of the ledger; null where it couldn't be read."""
    faults: Sequence[str]
    """Codes of what is not sound."""
    accepted: AcceptedRestore | None


RestoreAnswer = RestoredResult | AcceptedRestore
"""Without SRC, what was accepted of the database in place."""
