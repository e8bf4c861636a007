"""Check codes, and the stubs behind them: "was I scored?" without an account, and after erasure (APPI-21, S17).

A code is told once and never kept: the database holds its hash, and what is needed to tell of an incident, a
commitment to the contact that only the code opens. While there is a member, the stub is tied to it; at erasure it is
tied to nobody and keeps the bare answer.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from kanmon.clients.contract import Client
from kanmon.core.errors import TooManyAttempts
from kanmon.core.ids import MemberId
from kanmon.core.language import N_
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.rights.answer.told import HoldReport, SubjectView
from kanmon.rights.handling import IncidentEffect
from kanmon.scoring.score import Score

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH, _GROUP = 28, 4
"""140 bits: nobody guesses a code, however often they try."""
ATTEMPTS_ALLOWED = 20
"""Of one address within `ATTEMPTS_COUNT_FOR`."""
ATTEMPTS_COUNT_FOR = timedelta(minutes=15)


class Channel(StrEnum):
    """How a person can be told of an incident."""

    EMAIL = "email"
    PHONE = "phone"
    NONE = "none"


@dataclass(frozen=True)
class Contact:
    """Where a person can be reached; `address` is None where they can't be."""

    channel: Channel
    address: str | None


@dataclass(frozen=True)
class NewStub:
    """A stub as it is kept: nothing of the code but its hash, nothing of the contact but a commitment."""

    code_sha256: bytes
    channel: Channel
    contact_commitment: bytes | None
    issued_at: datetime


@dataclass(frozen=True)
class AnswerLine:
    """What the answer says of one company and season."""

    season: str
    client_name: str
    is_scored: bool
    provided: int
    """How many times something was provided."""


@dataclass(frozen=True)
class FoundStub:
    """What a code opens: a member that is still here or, after erasure, the answer that was kept."""

    member_id: MemberId | None
    answer: Sequence[AnswerLine]
    incidents: Sequence[IncidentEffect] = ()
    """What incidents the code goes on to tell of; empty while there is a member, of whom `told.view_of` tells."""


@dataclass(frozen=True)
class CodeAnswer:
    """What the holder of a code is told: each company that scored or got anything, and each incident."""

    lines: Sequence[AnswerLine]
    incidents: Sequence[IncidentEffect]
    holds: Sequence[HoldReport] = ()
    """While there is a member: since when nothing is done, because a message that may be a no can't be read."""


class StubStore(Protocol):
    """Where stubs are kept; one transaction."""

    def contact(self, member: MemberId) -> Contact:
        """Where a member can be reached."""

    def add_stub(self, member: MemberId, stub: NewStub) -> None:
        """Keep a stub of a member."""

    def stub(self, code_sha256: bytes) -> FoundStub | None:
        """What a code opens; None for a code that was never issued."""

    def part_stubs(self, member: MemberId, answer: Sequence[AnswerLine]) -> int:
        """Tie all stubs of a member to nobody, each with the answer from now on; how many there are."""

    def attempts(self, address_sha256: bytes, since: datetime) -> int:
        """How many attempts an address made since then."""

    def add_attempt(self, address_sha256: bytes, at: datetime, forget_before: datetime) -> None:
        """Note an attempt, and forget those that no longer count."""


def issue_code(store: StubStore, member: MemberId, at: datetime) -> str:
    """A new check code of a member, told here and never again; its stub is kept."""
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    contact = store.contact(member)
    commitment = None if contact.address is None else contact_commitment(drawn, contact)
    store.add_stub(member, NewStub(code_sha256(drawn), contact.channel, commitment, at))
    return "-".join(drawn[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def part_at_erasure(store: StubStore, view: SubjectView, seasons: Mapping[str, str], at: datetime) -> str:
    """What erasure calls before the member is gone: every code goes on to answer; a new one, to be told to the person.

    `seasons` says which season each client's contract scores. From then on nothing leads from a stub to the person.
    """
    code = issue_code(store, view.member_id, at)
    store.part_stubs(view.member_id, answer_lines(view, seasons))
    return code


def look_up(store: StubStore, written: str) -> FoundStub | None:
    """What a code opens, however it was typed; None for one that was never issued."""
    return store.stub(code_sha256(written))


def note_attempt(store: StubStore, address: str, now: datetime) -> None:
    """Count an attempt of an address; `TooManyAttempts` beyond what is allowed, whatever was asked."""
    hashed = hashlib.sha256(address.encode()).digest()
    if store.attempts(hashed, now - ATTEMPTS_COUNT_FOR) >= ATTEMPTS_ALLOWED:
        raise TooManyAttempts(N_("too many attempts; try again in a quarter of an hour"))
    store.add_attempt(hashed, now, now - ATTEMPTS_COUNT_FOR)


def answer_lines(view: SubjectView, seasons: Mapping[str, str]) -> list[AnswerLine]:
    """The answer to a member, one line for each company that scored or got anything."""
    names: dict[str, str] = {told.client_id: told.client_name for told in view.scores}
    for provided in view.provisions:
        recipient = provided.record["recipient"]
        names[recipient["client_id"]] = recipient["legal_name"]
    lines = [
        AnswerLine(
            seasons.get(client, ""),
            name,
            any(told.client_id == client and isinstance(told.answer, Score) for told in view.scores),
            sum(provided.record["recipient"]["client_id"] == client for provided in view.provisions),
        )
        for client, name in sorted(names.items())
    ]
    return [line for line in lines if line.is_scored or line.provided]


def code_answer(view: SubjectView, clients: Collection[Client]) -> CodeAnswer:
    """What the holder of a code is told while there is a member behind it: what `/me` tells of the same view."""
    return CodeAnswer(answer_lines(view, seasons_of(clients)), view.incidents, view.holds)


def seasons_of(clients: Collection[Client]) -> Mapping[str, str]:
    """The season that each client's contract scores."""
    return {client.client_id: client.contract.scores for client in clients}


def check_entry(written: str, answer: Sequence[AnswerLine], asked_at: datetime, real_at: datetime | None) -> NewEntry:
    """What the holder of a code was answered, for the ledger: the code by hash, so that its holder can show it."""
    payload: dict[str, object] = {
        "code_sha256": code_sha256(written).hex(),
        "asked_at": instant(asked_at),
        "real_at": None if real_at is None else instant(real_at),
        "scored_for": [line.client_name for line in answer if line.is_scored],
        "provided_to": [line.client_name for line in answer if line.provided],
    }
    return NewEntry(EntryType.ANSWER, asked_at, payload)


def code_sha256(written: str) -> bytes:
    """The hash of a code; spaces, hyphens and case don't matter."""
    return hashlib.sha256(_bare(written).encode()).digest()


def contact_commitment(written: str, contact: Contact) -> bytes:
    """HMAC-SHA-256 of a contact under a code: whoever has both can show that they belong together, nobody else can."""
    said = f"{contact.channel.value}:{contact.address}"
    return hmac.digest(_bare(written).encode(), said.encode(), "sha256")


def _bare(written: str) -> str:
    return "".join(written.upper().split()).replace("-", "")
