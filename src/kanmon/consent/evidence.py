"""One act of consent as it was recorded, and what the ledger keeps of it."""

from dataclasses import dataclass
from datetime import datetime

from kanmon.core.ids import ClientId, EvidenceId, MemberId, ScreenId, TextSha256
from kanmon.ledger.entry import EntryType, NewEntry, instant

ACCEPT, WITHDRAW = "accept", "withdraw"
PERSON, REPRESENTATIVE = GIVERS = ("person", "representative")
"""Who acted: the person, or the person's legal representative (法定代理人)."""
RELATIONS = ("parent", "guardian")
"""By what right somebody represents a person: parental authority (親権), or as guardian of a minor (未成年後見人)."""


@dataclass(frozen=True, slots=True)
class ConsentAct:
    """What a person did on a screen that showed a text: `action` is `accept`, `refuse` or `withdraw`."""

    evidence_id: EvidenceId
    member_id: MemberId
    occurred_at: datetime
    screen_id: ScreenId
    text_sha256: TextSha256
    """Of the text that was really displayed."""
    action: str
    client_id: ClientId | None
    """The one recipient that the act is narrowed to; None where it is for all that the text names."""
    refusable: bool | None
    ledger_seq: int | None = None
    """Where the act stands in the ledger; None before anything relied on it."""
    latest_at: datetime | None = None
    """The last moment at which it may have happened, where that is later than `occurred_at`, the first."""

    given_by: str | None = None
    """One of `GIVERS`; None where nobody said, which is the person's own act."""
    relation: str | None = None
    """One of `RELATIONS`, of an act of a representative."""

    @property
    def in_order(self) -> tuple[datetime, bool]:
        """Where it comes in a history: what ends an agreement comes after every one that may be older."""
        if self.action == ACCEPT:
            return self.occurred_at, False
        return self.latest_at or self.occurred_at, True

    def entry(self, at: datetime, answer_sha256: str | None = None) -> NewEntry:
        """The act for the ledger, entered at `at`; with the digest of its answer where it was taken live."""
        payload: dict[str, object] = {
            "member_id": self.member_id,
            "occurred_at": instant(self.occurred_at),
            "screen_id": self.screen_id,
            "text_sha256": self.text_sha256,
            "action": self.action,
            "client_id": self.client_id,
            "refusable": self.refusable,
        }
        if self.latest_at is not None:
            payload["latest_at"] = instant(self.latest_at)
        said = {"given_by": self.given_by, "relation": self.relation}
        payload |= {name: value for name, value in said.items() if value is not None}
        if answer_sha256 is not None:
            payload["answer_sha256"] = answer_sha256
        return NewEntry(EntryType.WITHDRAWAL if self.action == WITHDRAW else EntryType.CONSENT, at, payload)
