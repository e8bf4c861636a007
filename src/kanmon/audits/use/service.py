"""One use audit of all clients: looks, the record of each, and the suspension of whoever is found (EMP-05, AC-24)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.audits.use.rules import UseFinding, UseLookResult, WatchedSeason, judge
from kanmon.clients.contract import Client, ServiceTerms
from kanmon.clients.decision import ChangedDecision
from kanmon.clients.use import Alert
from kanmon.clients.use_plan import UsePlan
from kanmon.core.clock import Clock
from kanmon.core.ids import ClientId, SeasonId
from kanmon.gate.switch.model import SwitchScope, stopped_scopes
from kanmon.gate.switch.service import StopSwitch, SwitchStore
from kanmon.ledger.service import Ledger


@dataclass(frozen=True)
class UseLook:
    """A look as it was recorded; `looked_at` in UTC."""

    look: UseLookResult
    looked_at: datetime
    ledger_seq: int


@dataclass(frozen=True)
class RegisteredPlan:
    """A plan, and where its registration stands in the ledger."""

    plan: UsePlan
    ledger_seq: int


@dataclass(frozen=True)
class ClientAudit:
    """The audit file of one client's season; nothing of another client is in it."""

    client: Client
    registered: RegisteredPlan | None
    looks: Sequence[UseLookResult]
    """One for each stage decided about; empty before the first decision."""
    watch: WatchedSeason
    is_suspended: bool

    @property
    def is_found(self) -> bool:
        """Whether a stage was found."""
        return any(look.finding is UseFinding.MISUSE_FOUND for look in self.looks)


@dataclass(frozen=True)
class AuditFile:
    """What lies in a client's audit file: plan, looks, changed decisions, prohibited uses that it stated (AC-06)."""

    client: Client
    registered: RegisteredPlan | None
    looked: Sequence[UseLook]
    """The newest first."""
    changed: Sequence[ChangedDecision]
    """The newest first."""
    alerts: Sequence[Alert]
    is_suspended: bool


class UseAuditStore(Protocol):
    """Where watched applicants and looks are kept; one transaction."""

    def watch(self, client: ClientId, season: SeasonId, at: datetime) -> WatchedSeason:
        """Who was watched of a client's season, and what was decided about them by `at`."""

    def looked(self, client: ClientId, season: SeasonId) -> Sequence[UseLook]:
        """What was found before, the newest first."""

    def registered(self, client: ClientId, season: SeasonId) -> RegisteredPlan | None:
        """The plan with its place in the ledger; None where none was registered."""

    def add(self, look: UseLookResult, at: datetime, ledger_seq: int) -> None:
        """Keep what was found for good."""


class UseAudit:
    """Looks at every client within the caller's transaction: they share the chance to accuse anybody falsely."""

    def __init__(
        self, store: UseAuditStore, switch: SwitchStore, ledger: Ledger, clock: Clock, terms: ServiceTerms
    ) -> None:
        self._store = store
        self._switch = switch
        self._ledger = ledger
        self._clock = clock
        self._terms = terms

    def look(self, person: str, because: str, *, suspends: bool) -> list[ClientAudit]:
        """Look, record what is new, and suspend whoever is found, unless suspended or found on the same before.

        A suspension lets consents stand: nobody's agreement is in doubt. `UsageError` where no person is named.
        """
        held_at = self._switch.hold()  # before the ledger: see db.locks
        at = self._clock.now() if self._clock.is_replay else held_at
        watches = [
            self._store.watch(client.client_id, client.contract.scores, at) for client in self._terms.clients.values()
        ]
        looks = judge(watches)
        new = [look for look in looks if not self._is_known(look)]
        switch = StopSwitch(self._switch, self._ledger, self._clock, self._terms)
        found = sorted({look.client_id for look in new if look.finding is UseFinding.MISUSE_FOUND})
        for client in found if suspends else ():
            if SwitchScope(client_id=client) not in self._stopped(at):
                switch.stop(SwitchScope(client_id=client), person, because, consents_doubted=False)
        for look, seq in zip(new, self._ledger.append(look.entry(at) for look in new), strict=True):
            self._store.add(look, at, seq)
        self._ledger.sign(self._clock.real())
        stopped = self._stopped(self._clock.now() if self._clock.is_replay else self._switch.hold())
        return [
            ClientAudit(
                client=self._terms.clients[watch.client_id],
                registered=self._store.registered(watch.client_id, watch.season),
                looks=[look for look in looks if look.client_id == watch.client_id],
                watch=watch,
                is_suspended=SwitchScope(client_id=watch.client_id) in stopped,
            )
            for watch in watches
        ]

    def _is_known(self, look: UseLookResult) -> bool:
        """Whether the newest look at that stage saw as many decisions, and said the same."""
        for before in self._store.looked(look.client_id, look.season):
            if before.look.stage == look.stage:
                return _seen(before.look) == _seen(look)
        return False

    def _stopped(self, at: datetime) -> frozenset[SwitchScope]:
        return stopped_scopes([one.act for one in self._switch.switched()], at)


def _seen(look: UseLookResult) -> tuple[int, int, UseFinding]:
    return look.readable, look.withheld, look.finding
