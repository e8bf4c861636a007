"""What `kanmon subject erase` prints with `--json`."""

from collections.abc import Sequence

from typing_extensions import TypedDict


class DueErasures(TypedDict):
    """Without a member: of how many people records were erased that no longer had to be kept."""

    due: int


class LockedResult(TypedDict):
    """A record of provision that the law wants kept."""

    client_id: str
    retain_until: str
    by: str
    """The law that wants it kept."""


class AskedRecipient(TypedDict):
    """A recipient that was asked to erase what it got."""

    client_id: str
    requested_at: str
    due_on: str
    certified_at: str | None


class ErasureFacts(TypedDict):
    """How far an erasure is."""

    code: str
    """The erasure's own code, by which it can be asked for."""
    requested_at: str
    is_done: bool
    ledger_seq: int | None
    locked: Sequence[LockedResult]
    asked: Sequence[AskedRecipient]


class MemberErasure(ErasureFacts):
    """A member's erasure."""

    check_code: str | None
    """Whoever has it can check at /check what was held; null where there was nothing to check."""


ErasureResult = MemberErasure | DueErasures
