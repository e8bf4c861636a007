"""Withdraw a consent: acknowledged only once nothing can be provided on it any more (AC-20, INV-5)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.clients.contract import Client
from kanmon.consent.evidence import ACCEPT, WITHDRAW, ConsentAct
from kanmon.consent.policy import text_sha256
from kanmon.core.clock import Clock
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, EvidenceId, MemberId, ScreenId
from kanmon.core.language import N_
from kanmon.ledger.service import Ledger
from kanmon.rights.provided import ReportedProvision
from kanmon.rights.recall.service import Recall, Recalls, RecallStore

SCREEN = ScreenId("kanmon-withdraw")
"""The screen that a withdrawal through us is recorded for."""
_NO_TEXT = text_sha256("")


class WithdrawalStore(Protocol):
    """Where acts of consent are recorded; one transaction."""

    def hold(self) -> datetime:
        """Wait until no provision is under way, let none begin, and the shared moment from which that is so."""

    def registered_at(self, member: MemberId) -> datetime | None:
        """When a member registered; None where there is no such member."""

    def acts(self, member: MemberId) -> Sequence[ConsentAct]:
        """All acts of a member by time."""

    def add(self, act: ConsentAct, ledger_seq: int, answer_sha256: str | None = None) -> EvidenceId:
        """Record an act that has an entry of its own in the ledger, and the number it got."""

    @property
    def recalls(self) -> RecallStore:
        """Requests to recipients, in the same transaction."""

    def provisions(self, member: MemberId, clients: Collection[ClientId]) -> Sequence[ReportedProvision]:
        """What was provided of a member to these clients, oldest first."""


@dataclass(frozen=True)
class WithdrawalReceipt:
    """A withdrawal that counts from `at` on; it stands in the ledger as `ledger_seq`."""

    member_id: MemberId
    client_id: ClientId | None
    at: datetime
    ledger_seq: int
    provided_before: Sequence[ReportedProvision]
    """What had already gone to those whom the withdrawal concerns."""
    asked: Sequence[Recall] = ()
    """The requests to them to erase it."""


class Withdrawals:
    """Withdraws within the caller's transaction; the withdrawal is acknowledged when that has committed."""

    def __init__(self, store: WithdrawalStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock

    def withdraw(
        self,
        member: MemberId,
        client: ClientId | None,
        clients: Collection[Client],
        *,
        asks_recipients: bool = True,
        answer_sha256: str | None = None,
    ) -> WithdrawalReceipt:
        """Withdraw what a member agreed to, for one client or, where None, for all of `clients`.

        Whoever had got a row is asked to erase it, unless the caller asks them for a reason of its own. One who never
        agreed to anything may withdraw as well. A second time nothing is recorded anew while the first one stands, and
        it is answered. `answer_sha256` is the digest of the answer that a board's program sent. Raises `UsageError`
        for an unknown member or client.
        """
        known = {company.client_id for company in clients}
        if client is not None and client not in known:
            raise UsageError(N_("no client %(client)s is known"), client=client)
        if self._store.registered_at(member) is None:
            raise UsageError(N_("no member %(member)s is known"), member=member)
        held_at = self._store.hold()
        at = self._clock.now() if self._clock.is_replay else held_at
        act = standing_withdrawal(self._store.acts(member), client, at)
        if act is None or act.ledger_seq is None:
            act, seq = self._record(self._act(member, client, at), answer_sha256)
        else:
            seq = act.ledger_seq
        concerned = known if client is None else {client}
        before = self._store.provisions(member, concerned)
        recalls = Recalls(self._store.recalls, self._ledger, self._clock)
        asked = recalls.ask_for_withdrawn(member) if asks_recipients else ()
        return WithdrawalReceipt(member, client, act.occurred_at, seq, before, asked)

    def _record(self, act: ConsentAct, answer_sha256: str | None) -> tuple[ConsentAct, int]:
        (seq,) = self._ledger.append([act.entry(act.occurred_at, answer_sha256)])
        self._store.add(act, seq, answer_sha256)
        self._ledger.sign(self._clock.real())
        return act, seq

    def _act(self, member: MemberId, client: ClientId | None, at: datetime) -> ConsentAct:
        agreed = [act for act in self._store.acts(member) if act.action == ACCEPT and act.occurred_at <= at]
        return ConsentAct(
            evidence_id=EvidenceId(0),
            member_id=member,
            occurred_at=at,
            screen_id=SCREEN,
            text_sha256=agreed[-1].text_sha256 if agreed else _NO_TEXT,
            action=WITHDRAW,
            client_id=client,
            refusable=None,
        )


def standing_withdrawal(acts: Iterable[ConsentAct], client: ClientId | None, at: datetime) -> ConsentAct | None:
    """The withdrawal of `acts` that stands at `at` for a client or, where None, for all; None where none does.

    Any agreement that came after it, or is dated after `at`, ends that: then a withdrawal is due anew. At one instant
    the withdrawal counts.
    """
    known = list(acts)
    scopes = {None} if client is None else {None, client}
    withdrawals = [act for act in known if act.action == WITHDRAW and act.client_id in scopes and act.occurred_at <= at]
    last = max(withdrawals, key=lambda act: act.occurred_at, default=None)
    agreed = [
        act.occurred_at for act in known if act.action == ACCEPT and (client is None or act.client_id in {None, client})
    ]
    return None if last is None or max(agreed, default=last.occurred_at) > last.occurred_at else last
