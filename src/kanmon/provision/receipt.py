"""What a recipient confirms when it receives a delivery, and the record of that; sealed until then.

APPI Art. 30, Enforcement Rules 22 to 25: who the provider is, how it acquired the data, which items (APPI-10, AC-01).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from kanmon.clients.categories import ScoreScale
from kanmon.clients.contract import Platform
from kanmon.core.errors import StatementIncomplete
from kanmon.core.ids import ClientId, ProvisionId, SeasonId
from kanmon.core.language import N_
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.provision.report import COLUMNS

CONFIRMED = frozenset({"provider", "acquisition", "items"})
"""What the recipient confirms, each by itself."""

ITEMS: Mapping[str, str] = {column.item: column.meaning for column in COLUMNS}
"""What each item of a report is called; ids of messages."""


@dataclass(frozen=True)
class Route:
    """A way by which people's consent came to the provider: on a screen, to a text; nothing says to whom it belongs."""

    screen_id: str
    function: str | None
    """What the screen is for; None where it is no longer registered."""
    policy_id: str | None
    """With the version, of the text agreed to; None where the text was never registered."""
    version_id: str | None


@dataclass(frozen=True)
class DeliveryReceipt:
    """One report that was handed over, and what the client did about it; instants in UTC."""

    provision_id: ProvisionId
    season: SeasonId
    provided_at: datetime
    acknowledged_at: datetime | None
    """None while it is sealed."""
    stated_at: datetime | None
    """When its use was last stated."""


@dataclass(frozen=True)
class ReceiptPack:
    """What goes with one delivery for its recipient to confirm; instants in UTC."""

    provision_id: ProvisionId
    client_id: ClientId
    provided_at: datetime
    law_profile_id: str
    provider: Platform
    routes: tuple[Route, ...]
    """How the provider acquired the data: with the persons' consent, by these screens and texts."""
    rests_on_confirmation: bool
    """Whether rows rest on the consent that the recipient obtained itself and the provider confirmed (Art. 31)."""
    items: tuple[str, ...]
    provision_seq: int | None
    """Where the provision stands in the ledger."""
    scale: ScoreScale = ScoreScale.RISK
    """What the scores mean; a delivery that names no scale is from before there were scales."""


def confirmed(pack: ReceiptPack, parts: Collection[str], account_name: str, at: datetime) -> NewEntry:
    """The acknowledgement for the ledger; `StatementIncomplete` where not everything was confirmed."""
    if not set(parts) >= CONFIRMED:
        raise StatementIncomplete(
            N_("APPI-10: confirm the provider, the acquisition and the items; nothing was recorded")
        )
    payload: dict[str, object] = {
        "provision_id": pack.provision_id,
        "provision_seq": pack.provision_seq,
        "client_id": pack.client_id,
        "acknowledged_by": account_name,
        "provider": {
            "legal_name": pack.provider.legal_name,
            "address": pack.provider.address,
            "representative": pack.provider.representative,
        },
        "acquired_by": [[route.screen_id, route.policy_id or "", route.version_id or ""] for route in pack.routes],
        "rests_on_confirmation": pack.rests_on_confirmation,
        "items": list(pack.items),
        "score_scale": pack.scale.value,
        "provided_at": instant(pack.provided_at),
    }
    return NewEntry(EntryType.RECEIPT, at, payload)
