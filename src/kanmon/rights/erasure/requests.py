"""What a recipient is asked to erase, and its word that it did (AC-17, GDPR-19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from kanmon.core.clock import Clock
from kanmon.core.errors import NotFound
from kanmon.core.ids import ApplicantId, ClientId, SeasonId
from kanmon.core.language import N_
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger

MOST_CHARACTERS = 2_000
"""Of the names of sub-processors."""


@dataclass(frozen=True)
class RequestToClient:
    """One request as the client reads it: only its own rows, by its own IDs, and not why it is asked.

    A client must erase what it got; whether a person withdrew, asked for erasure or was hit by an incident is not told.
    """

    request_no: int
    requested_at: datetime
    due_on: date
    rows: Sequence[tuple[SeasonId, ApplicantId]]
    """Empty once the client's row is gone as well."""
    reminded_at: datetime | None
    """When it was reminded last."""
    certified_at: datetime | None
    certified_by: str | None
    sub_processors: str | None


class ClientRequestStore(Protocol):
    """Requests to clients; one transaction."""

    def requests(self, client: ClientId) -> Sequence[RequestToClient]:
        """What a client was asked to erase, newest first."""

    def add_certificate(
        self, client: ClientId, request_no: int, at: datetime, by: str, sub_processors: str, ledger_seq: int
    ) -> None:
        """Keep a certificate for good."""


class ErasureRequests:
    """Takes certificates within the caller's transaction."""

    def __init__(self, store: ClientRequestStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock

    def certify(self, client: ClientId, request_no: int, by: str, sub_processors: str) -> None:
        """Keep the client's word and enter it into the ledger; said twice, the first counts.

        `sub_processors` names those it had passed rows on to, empty where nobody. `NotFound` where the client was not
        asked so.
        """
        self._ledger.hold()
        asked = next((one for one in self._store.requests(client) if one.request_no == request_no), None)
        if asked is None:
            raise NotFound(N_("this page does not exist, or your account may not see it"))
        if asked.certified_at is not None:
            return
        at, named = self._clock.now(), sub_processors.strip()[:MOST_CHARACTERS]
        payload = {
            "client_id": client,
            "request_no": request_no,
            "certified_at": instant(at),
            "certified_by": by,
            "sub_processors": named,
        }
        (seq,) = self._ledger.append([NewEntry(EntryType.ERASURE_CERTIFICATE, at, payload)])
        self._store.add_certificate(client, request_no, at, by, named, seq)
        self._ledger.sign(self._clock.real())
