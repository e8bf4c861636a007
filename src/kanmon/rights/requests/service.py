"""What a person asks for as of right, and what becomes of it: facts with a deadline that only grow (APPI-16 to -19).

Received is one fact, decided another; each stands in the ledger. An answer is due in 14 days: from then on the person
may sue (APPI Art. 39). Nothing costs a fee here; only disclosure could (APPI Art. 38, APPI-26).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from kanmon.core.clock import Clock
from kanmon.core.errors import NotFound, UsageError
from kanmon.core.ids import ClientId, MemberId
from kanmon.core.language import N_
from kanmon.ledger.canonical import canonical
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger
from kanmon.rights.requests.shapes import RequestResult

ANSWER_WITHIN = timedelta(days=14)
SYSTEM = "kanmon"
"""Who decided, where no person had to."""
MOST_WORDS = 2_000
"""Characters of a person's own words."""


class RequestType(StrEnum):
    """What is asked for."""

    DISCLOSURE = "disclosure"
    OBJECTION = "objection"
    LIFTING = "lifting"
    """That an objection ends."""
    TRAINING_OBJECTION = "training_objection"
    """That no model learns from the person's history any more; scores go on."""
    TRAINING_LIFTING = "training_lifting"
    HISTORY = "history"
    """That actions on a browser were not the person's own."""
    PERSONAL_DATA = "personal_data"
    REVIEW = "review"
    """That a person looks at a score again."""
    CHECK = "check"
    """Of somebody without an account: was I scored?"""


class Method(StrEnum):
    """How the person wants the answer (APPI Art. 33(2))."""

    ELECTRONIC = "electronic"
    PAPER = "paper"


class RequestOutcome(StrEnum):
    """How a request was decided."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class RequestState(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    OVERDUE = "overdue"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True)
class RequestForm:
    """A request as it was received; `member_id` is None for somebody who is not known here."""

    member_id: MemberId | None
    type: RequestType
    received_at: datetime
    method: Method = Method.ELECTRONIC
    client_id: ClientId | None = None
    """The one recipient that it is about; None where it is about all."""
    content: Mapping[str, object] = field(default_factory=dict)
    """What the person said, as plain values; empty once it was erased."""

    def entry(self) -> NewEntry:
        """The request for the ledger, its content by hash."""
        payload: dict[str, object] = {
            "member_id": self.member_id,
            "type": self.type.value,
            "method": self.method.value,
            "client_id": self.client_id,
            "received_at": instant(self.received_at),
            "due_at": instant(self.received_at + ANSWER_WITHIN),
            "content_sha256": hashlib.sha256(canonical(dict(self.content))).hexdigest(),
        }
        return NewEntry(EntryType.REQUEST, self.received_at, payload)


@dataclass(frozen=True)
class RequestDecision:
    """What was decided, by whom and why, and what was done; `delivered_sha256` is that of what was handed over."""

    decided_at: datetime
    decided_by: str
    outcome: RequestOutcome
    reason: str = ""
    done: Mapping[str, object] = field(default_factory=dict)
    delivered_sha256: str | None = None

    def entry(self, request_seq: int) -> NewEntry:
        """The decision for the ledger, on the request that stands at `request_seq`."""
        payload: dict[str, object] = {
            "request_seq": request_seq,
            "decided_by": self.decided_by,
            "outcome": self.outcome.value,
            "reason": self.reason,
            "done": dict(self.done),
            "delivered_sha256": self.delivered_sha256,
        }
        return NewEntry(EntryType.REQUEST_DECISION, self.decided_at, payload)


@dataclass(frozen=True)
class Request:
    """A request with its number, its place in the ledger and, once there is one, its decision."""

    request_no: int
    asked: RequestForm
    ledger_seq: int
    decided: RequestDecision | None = None
    decision_seq: int | None = None

    @property
    def due_at(self) -> datetime:
        """By when it must be answered."""
        return self.asked.received_at + ANSWER_WITHIN

    def state(self, now: datetime) -> RequestState:
        """Where it stands at `now`; what is due at this very moment is not late yet."""
        if self.decided is not None:
            return RequestState(self.decided.outcome.value)
        return RequestState.OVERDUE if now > self.due_at else RequestState.OPEN


class RequestStore(Protocol):
    """Where requests are kept; one transaction."""

    def registered_at(self, member: MemberId) -> datetime | None:
        """When a member registered; None where there is no such member."""

    def add_request(self, asked: RequestForm, ledger_seq: int) -> int:
        """Keep a request, and the number it got."""

    def request(self, request_no: int) -> Request | None:
        """A request; None where there is none of that number. Nobody else decides it until the transaction ends."""

    def add_decision(self, request_no: int, decided: RequestDecision, ledger_seq: int) -> None:
        """Keep a decision."""

    def requests(self, member: MemberId) -> Sequence[Request]:
        """All requests of a member, newest first."""

    def worklist(self) -> Sequence[Request]:
        """Everybody's requests: those that wait by deadline, the nearest first; then the decided, newest first."""


class Requests:
    """Receives and decides within the caller's transaction; a fact counts when that has committed."""

    def __init__(self, store: RequestStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock

    def receive(self, asked: RequestForm) -> Request:
        """Keep a request, in the ledger as well; `UsageError` for an unknown member."""
        if asked.member_id is not None and self._store.registered_at(asked.member_id) is None:
            raise UsageError(N_("no member %(member)s is known"), member=asked.member_id)
        (seq,) = self._ledger.append([asked.entry()])
        self._ledger.sign(self._clock.real())
        return Request(self._store.add_request(asked, seq), asked, seq)

    def waiting(self, request_no: int) -> Request:
        """A request that waits; `NotFound` where there is none, `UsageError` where it is decided already."""
        found = self._store.request(request_no)
        if found is None:
            raise NotFound(N_("there is no request %(request)s"), request=request_no)
        if found.decided is not None:
            raise UsageError(N_("request %(request)s is decided already"), request=request_no)
        return found

    def decide(self, request: Request, decided: RequestDecision) -> Request:
        """Keep the decision on a request that waits; `UsageError` for a refusal without its reason (APPI Art. 36)."""
        if decided.outcome is RequestOutcome.REFUSED and not decided.reason.strip():
            raise UsageError(N_("a refusal needs its reason: the person is told it"))
        (seq,) = self._ledger.append([decided.entry(request.ledger_seq)])
        self._ledger.sign(self._clock.real())
        self._store.add_decision(request.request_no, decided, seq)
        return Request(request.request_no, request.asked, request.ledger_seq, decided, seq)


def said(words: str) -> str:
    """A person's own words without the space around them; `UsageError` where they are too many."""
    if len(words) > MOST_WORDS:
        raise UsageError(N_("at most %(most)s characters are taken"), most=MOST_WORDS)
    return words.replace("\0", "").strip()


def request_facts(request: Request, now: datetime) -> RequestResult:
    """A request as plain values, for programs."""
    asked, decided = request.asked, request.decided
    return {
        "request_no": request.request_no,
        "member_id": asked.member_id,
        "type": asked.type.value,
        "method": asked.method.value,
        "client_id": asked.client_id,
        "received_at": asked.received_at.isoformat(),
        "due_at": request.due_at.isoformat(),
        "state": request.state(now).value,
        "content": dict(asked.content),
        "ledger_seq": request.ledger_seq,
        "decision": None
        if decided is None
        else {
            "decided_at": decided.decided_at.isoformat(),
            "decided_by": decided.decided_by,
            "outcome": decided.outcome.value,
            "reason": decided.reason,
            "done": dict(decided.done),
            "delivered_sha256": decided.delivered_sha256,
            "ledger_seq": request.decision_seq,
        },
    }
