"""The stop switch: acknowledged only once nothing can be trained, scored or provided in its scope any more (S14).

A stop and a resume are recorded under the lock of the consents, as a withdrawal is, so that a provision is recorded
either wholly before a stop or is refused (INV-5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.clients.contract import ServiceTerms
from kanmon.core.clock import Clock
from kanmon.core.errors import ErasureNotCertified, UsageError
from kanmon.core.ids import ClientId
from kanmon.core.language import N_
from kanmon.gate.switch.model import StopAct, SwitchAct, SwitchScope, stopped_scopes
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger

_TYPES = {SwitchAct.STOP: EntryType.STOP, SwitchAct.RESUME: EntryType.RESUME}


@dataclass(frozen=True)
class RecordedSwitchAct:
    """An act of the switch as it was recorded: who, why, and where it stands in the ledger; instants in UTC."""

    act: StopAct
    person: str
    because: str
    real_at: datetime
    ledger_seq: int


@dataclass(frozen=True)
class StoppedScope:
    """A scope that stands on stop."""

    scope: SwitchScope
    last: RecordedSwitchAct
    """The newest stop of it."""
    since: datetime
    """When the first stop after the last resume was."""
    consents_doubted: bool
    """Whether that stop, or one after it, doubts consents."""


class SwitchStore(Protocol):
    """Where acts of the switch are kept; one transaction."""

    def hold(self) -> datetime:
        """Wait until nobody relies on consents, let nobody begin to, and the shared moment from which that is so."""

    def switched(self) -> Sequence[RecordedSwitchAct]:
        """All acts, in the order in which they were recorded."""

    def add(self, switched: RecordedSwitchAct) -> None:
        """Record an act for good."""

    def uncertified(self, client: ClientId) -> Sequence[int]:
        """The requests to erase that a client was stopped over and has not certified since."""


class StopSwitch:
    """Stops and resumes within the caller's transaction; it counts when that has committed."""

    def __init__(self, store: SwitchStore, ledger: Ledger, clock: Clock, terms: ServiceTerms) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._terms = terms

    def stop(self, scope: SwitchScope, person: str, because: str, *, consents_doubted: bool) -> RecordedSwitchAct:
        """Stop a scope, or stop it once more: a later stop may doubt what was agreed to since the first.

        `UsageError` for an unknown client or season, or where nobody or no reason is named.
        """
        self._check(scope, person, because)
        return self._record(SwitchAct.STOP, scope, person, because, self._moment(), consents_doubted)

    def resume(self, scope: SwitchScope, person: str, because: str) -> RecordedSwitchAct:
        """Resume just the scope that was stopped, by the privacy owner; doubted consents stay doubted.

        `UsageError` where that scope is not stopped, and as for `stop`; `ErasureNotCertified` where the client was
        asked to erase something and its certificate is overdue (AC-17).
        """
        self._check(scope, person, because)
        at = self._moment()
        self._check_resumable(scope, at)
        return self._record(SwitchAct.RESUME, scope, person, because, at, consents_doubted=False)

    def check(self, act: SwitchAct, scope: SwitchScope, person: str, because: str) -> None:
        """Raise what doing it now would raise; nothing is kept."""
        self._check(scope, person, because)
        if act is SwitchAct.RESUME:
            self._check_resumable(scope, self._clock.now())

    def hold(self) -> None:
        """Let nobody else use the switch until the transaction ends."""
        self._store.hold()

    def _check_resumable(self, scope: SwitchScope, at: datetime) -> None:
        if scope not in stopped_scopes([one.act for one in self._store.switched()], at):
            raise UsageError(N_("that is not stopped: only what was stopped by itself can be resumed"))
        if scope.client_id is not None and (missing := self._store.uncertified(scope.client_id)):
            raise ErasureNotCertified(
                N_(
                    "%(client)s has not certified that it erased what it was asked to, and is overdue with the "
                    "requests %(numbers)s: it does that in its portal, then resume"
                ),
                client=scope.client_id,
                numbers=", ".join(map(str, missing)),
            )

    def is_stopped(self, scope: SwitchScope) -> bool:
        """Whether that very scope stands on stop now."""
        return scope in stopped_scopes([one.act for one in self._store.switched()], self._moment())

    def _moment(self) -> datetime:
        """The moment from which the act counts: by the clock that all share or, in a replay, the moment asked for."""
        held_at = self._store.hold()
        return self._clock.now() if self._clock.is_replay else held_at

    def _check(self, scope: SwitchScope, person: str, because: str) -> None:
        self._terms.check_known(scope.client_id, scope.season)
        if not person.strip() or not because.strip():
            raise UsageError(N_("say who stops or resumes, and why"))

    def _record(
        self, what: SwitchAct, scope: SwitchScope, person: str, because: str, at: datetime, consents_doubted: bool
    ) -> RecordedSwitchAct:
        real_at = self._clock.real()
        act = StopAct(what, scope, at, consents_doubted)
        payload: dict[str, object] = {
            "client_id": scope.client_id,
            "season": scope.season,
            "person": person.strip(),
            "because": because.strip(),
            "consents_doubted": consents_doubted,
            "real_at": instant(real_at) if self._clock.is_replay else None,
        }
        (seq,) = self._ledger.append([NewEntry(_TYPES[what], act.at, payload)])
        done = RecordedSwitchAct(act, person.strip(), because.strip(), real_at, seq)
        self._store.add(done)
        self._ledger.sign(real_at)
        return done


def stopped_at(switched: Sequence[RecordedSwitchAct], at: datetime) -> list[StoppedScope]:
    """The scopes that stand on stop at a moment, the longest stopped first."""
    standing: dict[SwitchScope, StoppedScope] = {}
    for one in sorted((one for one in switched if one.act.at <= at), key=lambda one: one.act.at):
        scope = one.act.scope
        if one.act.act is SwitchAct.RESUME:
            standing.pop(scope, None)
            continue
        before = standing.get(scope)
        since = before.since if before else one.act.at
        doubted = one.act.consents_doubted or (before is not None and before.consents_doubted)
        standing[scope] = StoppedScope(scope, one, since, doubted)
    return list(standing.values())
