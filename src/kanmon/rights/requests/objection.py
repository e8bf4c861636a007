"""An objection stops every use of a person's data, or training alone, for one client or all, until it is lifted.

APPI Art. 35(5) (利用停止), GDPR Art. 21; GDPR-21. It is acknowledged once nothing can be provided against it any more,
as a withdrawal is (INV-5). Of an objection and its lifting, the last word on a client counts, whether it named that
client or all of them; a consent given later lifts nothing. Words on training alone and words on every use don't end
each other. Models that learned from the person before stay: the next one leaves the person out.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kanmon.clients.contract import Client
from kanmon.core.clock import Clock
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, MemberId
from kanmon.core.language import N_
from kanmon.ledger.service import Ledger
from kanmon.rights.provided import ReportedProvision
from kanmon.rights.requests.service import (
    SYSTEM,
    Request,
    RequestDecision,
    RequestForm,
    RequestOutcome,
    Requests,
    RequestStore,
    RequestType,
)


class Word(StrEnum):
    """What a person says."""

    OBJECT = "object"
    LIFT = "lift"


_TYPES = {
    (Word.OBJECT, False): RequestType.OBJECTION,
    (Word.LIFT, False): RequestType.LIFTING,
    (Word.OBJECT, True): RequestType.TRAINING_OBJECTION,
    (Word.LIFT, True): RequestType.TRAINING_LIFTING,
}
"""By what was said, and whether of training alone."""


@dataclass(frozen=True)
class ObjectionWord:
    """An objection or its lifting; for one client, or for all where that is None."""

    word: Word
    occurred_at: datetime
    client_id: ClientId | None
    is_of_training: bool = False
    """Whether it is about training alone; else about every use."""


class ObjectionStore(RequestStore, Protocol):
    """Where objections are kept; one transaction."""

    def hold(self) -> datetime:
        """Wait until no provision is under way, let none begin, and the shared moment from which that is so."""

    def add_word(self, request_no: int, member: MemberId, word: ObjectionWord) -> None:
        """Keep what was said."""

    def provisions(self, member: MemberId, clients: Collection[ClientId]) -> Sequence[ReportedProvision]:
        """What was provided of a member to these clients, oldest first."""


@dataclass(frozen=True)
class ObjectionReceipt:
    """An objection, or its lifting, that counts from its decision on."""

    request: Request
    provided_before: Sequence[ReportedProvision]
    """What had already gone to those whom it concerns."""


class Objections:
    """Objects and lifts within the caller's transaction; either counts when that has committed."""

    def __init__(self, store: ObjectionStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._requests = Requests(store, ledger, clock)
        self._clock = clock

    def say(
        self,
        member: MemberId,
        word: Word,
        client: ClientId | None,
        clients: Collection[Client],
        *,
        is_of_training: bool = False,
    ) -> ObjectionReceipt:
        """Object, or lift, for one client or, where None, for all; `UsageError` for an unknown member or client.

        Whoever ends training for a client that nobody knows ends it for all: what can't be read is a no.
        """
        known = {company.client_id for company in clients}
        if is_of_training and word is Word.OBJECT and client not in known:
            client = None
        if client is not None and client not in known:
            raise UsageError(N_("no client %(client)s is known"), client=client)
        held_at = self._store.hold()
        at = self._clock.now() if self._clock.is_replay else held_at
        request = self._requests.receive(RequestForm(member, _TYPES[word, is_of_training], at, client_id=client))
        self._store.add_word(request.request_no, member, ObjectionWord(word, at, client, is_of_training))
        decided = self._requests.decide(request, RequestDecision(at, SYSTEM, RequestOutcome.ACCEPTED))
        concerned = set() if is_of_training else known if client is None else {client}
        return ObjectionReceipt(decided, self._store.provisions(member, concerned))


def objected_since(
    words: Iterable[ObjectionWord], client: ClientId, *, is_of_training: bool = False
) -> datetime | None:
    """Since when an objection stands against a client; None where none does. At one instant, the objection counts.

    `is_of_training` asks of words on training alone, else of those on every use.
    """
    about = [one for one in words if one.client_id in {None, client} and one.is_of_training == is_of_training]
    last = max(about, key=lambda one: (one.occurred_at, one.word is Word.OBJECT), default=None)
    return last.occurred_at if last is not None and last.word is Word.OBJECT else None
