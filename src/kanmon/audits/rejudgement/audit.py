"""Judge every past provision afresh, client by client, and sign what was found into the ledger."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple, Protocol

from kanmon.audits.rejudgement.faults import ProvisionFault
from kanmon.audits.rejudgement.papers import ClientHistory, PersonEvent, ProvisionCase, Receipt, Registers
from kanmon.audits.rejudgement.waiting import WaitingList
from kanmon.audits.rejudgement.walk import Judge
from kanmon.core.errors import UnknownClient
from kanmon.core.ids import ClientId
from kanmon.core.language import N_
from kanmon.ledger.canonical import canonical
from kanmon.ledger.entry import EntryType, NewEntry, instant


class Span(NamedTuple):
    """From a moment to before another."""

    since: datetime
    until: datetime


class RejudgementReader(Protocol):
    """Where the audit reads evidence, all of one moment of the control plane."""

    def clients(self) -> Sequence[ClientId]:
        """Every client there is."""

    def registers(self) -> Registers:
        """What is registered."""

    def receipts(self, client: ClientId) -> Sequence[Receipt]:
        """The reports that a client acknowledged."""

    def waiting(self, client: ClientId) -> WaitingList:
        """The rows that a client handed over, and its decisions about them."""

    def cases(self, client: ClientId, span: Span) -> Iterator[tuple[ProvisionCase, ClientHistory]]:
        """Each person in each provision to a client in the span, by member, those without one last."""

    def unrecorded(self, client: ClientId, span: Span) -> Collection[int]:
        """Those of the members in those provisions whose acts of consent are not what was recorded of them."""

    def events(self, client: ClientId, span: Span) -> Iterator[tuple[int, PersonEvent]]:
        """What the members in those provisions did that concerns the client, by member and time."""


@dataclass(frozen=True)
class FallenProvision:
    """One person in one provision that does not stand."""

    client_id: ClientId
    case: ProvisionCase
    faults: tuple[ProvisionFault, ...]


@dataclass(frozen=True)
class RejudgementResult:
    """What became of every provision in a span."""

    span: Span
    judged: Mapping[ClientId, int]
    """How many persons in provisions were judged, by client."""
    locked: int
    """How many were not, since what spoke for and against them was erased with the person."""
    fallen: tuple[FallenProvision, ...]
    """By client and record."""

    @property
    def faults(self) -> dict[ProvisionFault, int]:
        """How many fall by each fault; one may fall by several."""
        return dict(Counter(fault for one in self.fallen for fault in one.faults))

    def sha256(self) -> str:
        """SHA-256 over the canonical form of [client, judged] and [client, record, faults] of each that fell."""
        counted = [[client, count] for client, count in sorted(self.judged.items())]
        fallen = [[one.client_id, one.case.record_no, [fault.value for fault in one.faults]] for one in self.fallen]
        return hashlib.sha256(canonical([counted, self.locked, fallen])).hexdigest()

    def entry(self, at: datetime) -> NewEntry:
        """The answer for the ledger, entered at `at`."""
        payload: dict[str, object] = {
            "audit": "provisions",
            "since": instant(self.span.since),
            "until": instant(self.span.until),
            "clients": sorted(self.judged),
            "judged": sum(self.judged.values()),
            "locked": self.locked,
            "fallen": len(self.fallen),
            "faults": {fault.value: count for fault, count in sorted(self.faults.items())},
            "result_sha256": self.sha256(),
        }
        return NewEntry(EntryType.AUDIT, at, payload)


class RejudgementRecordRow(NamedTuple):
    """The outcome of one re-judgement, as it is kept for the privacy owner."""

    judged_at: datetime
    since: datetime
    until: datetime
    clients: Sequence[str]
    judged: int
    locked: int
    fallen: int
    faults: Mapping[str, int]
    result_sha256: str
    ledger_seq: int


def chosen(papers: RejudgementReader, clients: Sequence[ClientId]) -> list[ClientId]:
    """The clients asked for, all where none is named; `UnknownClient` where one is not known."""
    known = papers.clients()
    for client in clients:
        if client not in known:
            raise UnknownClient(
                N_("no contract was loaded for client %(client)s; there are contracts for: %(known)s"),
                client=client,
                known=", ".join(known),
            )
    return list(dict.fromkeys(clients)) or list(known)


def rejudge(
    papers: RejudgementReader,
    clients: Iterable[ClientId],
    span: Span,
    advance: Callable[[], None] = lambda: None,
    *,
    in_replays: bool,
) -> RejudgementResult:
    """Judge all provisions to these clients; where a person was erased since, there is nothing left to judge by.

    `advance` is told of every client that is done; `in_replays` takes any law, as a workspace made for replays does.
    """
    registers = papers.registers()
    judged: Counter[ClientId] = Counter()
    locked = 0
    fallen: list[FallenProvision] = []
    for client in clients:
        judge = Judge(registers, papers.receipts(client), papers.waiting(client), in_replays=in_replays)
        judged[client] = 0
        open_cases = []
        for case, dealings in papers.cases(client, span):
            is_locked = case.erased_at is not None and case.at < case.erased_at
            locked += is_locked
            if not is_locked:
                open_cases.append((case, dealings))
        unrecorded = papers.unrecorded(client, span)
        for case, faults in _walked(judge, open_cases, papers.events(client, span)):
            judged[client] += 1
            if case.member_no in unrecorded:
                faults.append(ProvisionFault.NOT_RECORDED)
            if faults:
                fallen.append(FallenProvision(client, case, tuple(faults)))
        advance()
    fallen.sort(key=lambda one: (one.client_id, one.case.record_no))
    return RejudgementResult(span, judged, locked, tuple(fallen))


def _walked(
    judge: Judge, cases: Iterable[tuple[ProvisionCase, ClientHistory]], events: Iterator[tuple[int, PersonEvent]]
) -> Iterator[tuple[ProvisionCase, list[ProvisionFault]]]:
    """Each person's life beside that person's provisions; both come by member."""
    lives = groupby(events, key=lambda event: event[0])
    life: tuple[int, Iterator[tuple[int, PersonEvent]]] | None = next(lives, None)
    for member_no, mine in groupby(cases, key=lambda case: case[0].member_no):
        if member_no is None:
            for alone in mine:
                yield from judge.walk((), [alone])
            continue
        while life is not None and life[0] < member_no:
            life = next(lives, None)
        own = [event for _, event in life[1]] if life is not None and life[0] == member_no else []
        yield from judge.walk(own, mine)
