"""An act with consequences as the ledger holds it: what the page says that confirms it, whenever it is opened again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kanmon.application.application import Application
from kanmon.core.errors import NotFound
from kanmon.core.language import N_
from kanmon.gate.switch.model import SwitchScope
from kanmon.incidents.model import FactKind
from kanmon.ledger.entry import Entry, EntryType
from kanmon.ledger.service import last_signed, receipt_of
from kanmon.reviews.revisions.model import Act
from kanmon.rights.requests.service import SYSTEM, RequestOutcome

TITLES: Mapping[str, str] = {
    EntryType.STOP: N_("Stopped: nothing is trained, scored or provided any more"),
    EntryType.RESUME: N_("Resumed"),
    FactKind.PUBLISHED: N_("The notice is public"),
    FactKind.CLOSED: N_("The incident is closed"),
    FactKind.REPORT_PRELIMINARY: N_("The preliminary report is recorded"),
    FactKind.REPORT_FINAL: N_("The final report is recorded"),
    Act.ACTIVATE: N_("The new words are in force"),
    EntryType.CONSENT_HOLD_END: N_("The hold has ended"),
    RequestOutcome.ACCEPTED: N_("The request is answered: the person is told what was done"),
    RequestOutcome.REFUSED: N_("The request is refused: the person is told why"),
}
"""What is confirmed, by the type of the entry, or by what its payload names in `_NAMED_BY`; ids of messages."""
_NAMED_BY: Mapping[str, str] = {
    EntryType.INCIDENT_FACT: "kind", EntryType.REVISION: "act", EntryType.REQUEST_DECISION: "outcome",
}  # fmt: skip
_ABSENT = N_("this page does not exist, or your account may not see it")


@dataclass(frozen=True)
class ActRecord:
    """One act as it was recorded."""

    entry: Entry
    kind: str
    """One of `TITLES`."""
    payload: Mapping[str, Any]
    is_signed: bool
    """Whether a signed checkpoint reaches it, so that there is a receipt."""

    @property
    def person(self) -> str:
        """By whom it was done."""
        return _person(self.payload)

    @property
    def scope(self) -> SwitchScope:
        """Of a stop or a resume: of what."""
        return SwitchScope(self.payload.get("client_id"), self.payload.get("season"))


def act_record(application: Application, seq: int) -> ActRecord:
    """The act in an entry of the ledger; `NotFound` where no person did one there, or what it says was erased."""
    with application.transactions.read() as work:
        try:
            entry, secret = work.ledger.entry(seq)
        except KeyError:
            raise NotFound(_ABSENT) from None
        _, signed = last_signed(work.ledger, application.ledger_key.verifier)
    payload: Mapping[str, Any] = {} if secret is None else json.loads(secret.payload)
    name = _NAMED_BY.get(entry.type)
    kind = entry.type if name is None else str(payload.get(name))
    if not payload or kind not in TITLES or _person(payload) in ("", SYSTEM):
        raise NotFound(_ABSENT)
    return ActRecord(entry, kind, payload, seq < signed)


def _person(payload: Mapping[str, Any]) -> str:
    """Who did it; empty where nobody is named, as where a mended row ended a hold."""
    return str(next((payload[name] for name in ("person", "by", "decided_by") if payload.get(name)), ""))


def act_receipt(application: Application, seq: int) -> bytes:
    """The receipt of an act, with what it says; `NotFound` as `act_record`, `NotSignedYet`."""
    act_record(application, seq)
    with application.transactions.read() as work:
        return receipt_of(work.ledger, seq, application.ledger_key.verifier, shows_payload=True)
