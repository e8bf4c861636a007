"""What `kanmon subject withdraw` prints with `--json`."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict


class ProvidedBefore(TypedDict):
    """What had gone before."""

    ledger_seq: int
    record: Mapping[str, object]
    """The record of the provision, as the ledger has it."""
    categories: Sequence[tuple[str, float | None]]
    """The categories of the contract: symbol, and from which score."""


class WithdrawalResult(TypedDict):
    """A withdrawal that counts from now on."""

    member_id: str
    client_id: str | None
    """Null where it is for all clients."""
    at: str
    ledger_seq: int
    provided_before: Sequence[ProvidedBefore]
    asked: Sequence[str]
    """Clients that are asked to erase what they got."""
