"""Ask recipients to erase what they got, remind them, and stop providing to whoever doesn't answer (AC-17, AC-20, S15).

Whoever received something of a person who then withdrew, was erased, or is affected by an incident, or may keep it no
longer by the words agreed to (E17), is asked to erase it and has 14 days to certify it. A request of
`rights.erasure.service` is followed up here as well. What is overdue stops the client: `gate.switch.service` lets it
resume only once everything overdue is certified.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from kanmon.core.clock import Clock, day_of
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, MemberId
from kanmon.core.language import N_
from kanmon.gate.switch.model import SwitchScope
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger
from kanmon.rights.recall.shapes import RecallRequest

RECIPIENT_DAYS = 14
"""Within so many days a recipient certifies that it erased what it had received (AC-17)."""
SYSTEM = "kanmon recall"
"""Who stops a client whose certificate is overdue."""


class RecallReason(StrEnum):
    """Why a recipient is asked."""

    ERASURE = "erasure"
    WITHDRAWAL = "withdrawal"
    INCIDENT = "incident"
    RETENTION = "retention"


class RecallMilestone(StrEnum):
    """What was done about a request, each at most once."""

    ASKED = "asked"
    REMINDED = "reminded"
    REMINDED_AGAIN = "reminded_again"
    ESCALATED = "escalated"
    """The day is over: the privacy owner is told, and nothing is provided to the client any more."""


REMIND_AFTER = {RecallMilestone.REMINDED: 7, RecallMilestone.REMINDED_AGAIN: 12}
"""Days after the request, the earlier first."""


class RecallStatus(StrEnum):
    """How a request stands, as everyone who may see it is told."""

    ASKED = "asked"
    REMINDED = "reminded"
    OVERDUE = "overdue"
    SUSPENDED = "suspended"
    """Overdue, and nothing is provided to the client until it has certified."""
    CERTIFIED = "certified"


@dataclass(frozen=True)
class Certificate:
    """A recipient's word that it erased everything."""

    at: datetime
    by: str
    sub_processors: str
    """Whom it had passed rows on to, in its own words; empty where nobody."""


@dataclass(frozen=True)
class Recall:
    """One request to one recipient; it names nobody. Instants are in UTC, days are Japan's."""

    request_no: int
    client_id: ClientId
    client_name: str
    because: RecallReason
    incident_id: str | None
    requested_at: datetime
    due_on: date
    rows: int
    """Of the client's own list."""
    steps: Mapping[RecallMilestone, datetime]
    certificate: Certificate | None

    def state(self, today: date) -> RecallStatus:
        """How it stands on a day."""
        if self.certificate is not None:
            return RecallStatus.CERTIFIED
        if RecallMilestone.ESCALATED in self.steps:
            return RecallStatus.SUSPENDED
        if self.due_on < today:
            return RecallStatus.OVERDUE
        return RecallStatus.REMINDED if set(REMIND_AFTER) & set(self.steps) else RecallStatus.ASKED

    def step_due(self, today: date) -> RecallMilestone | None:
        """What is to be done about it on a day; of several reminders that were missed, the last alone."""
        if self.certificate is not None:
            return None
        age = (today - day_of(self.requested_at)).days
        reached = [step for step, days in REMIND_AFTER.items() if age >= days]
        if self.due_on < today:
            reached.append(RecallMilestone.ESCALATED)
        return reached[-1] if reached and reached[-1] not in self.steps else None


class RecallStore(Protocol):
    """Requests to recipients; one transaction. Clients are those that ever had a contract."""

    def hold(self) -> datetime:
        """Wait until nothing is being provided, let nothing begin, and the shared moment from which that is so."""

    def ask_for_withdrawn(self, member: MemberId | None, at: datetime, due_on: date) -> Sequence[Recall]:
        """Ask every client for the rows it got of a member, or of anybody, before that person's withdrawal for it.

        Rows that it was asked for since it got them are left out; so are those of erased people.
        """

    def ask_for_incident(self, incident_id: str, at: datetime, due_on: date) -> Sequence[Recall]:
        """Ask every client for the rows it got of the people whom an incident affects at it, as above."""

    def ask_for_kept_too_long(self, at: datetime, due_on: date) -> Sequence[Recall]:
        """Ask every client for the rows whose time, by the words agreed to, is over on the day (E17), as above."""

    def open(self) -> Sequence[Recall]:
        """Every request that is not certified, oldest first."""

    def add_step(self, recall: Recall, step: RecallMilestone, at: datetime, ledger_seq: int) -> None:
        """Note for good what was done about a request."""


class Suspension(Protocol):
    """The stop switch: `gate.switch.service.StopSwitch`."""

    def is_stopped(self, scope: SwitchScope) -> bool:
        """Whether that very scope stands on stop now."""

    def stop(self, scope: SwitchScope, person: str, because: str, *, consents_doubted: bool) -> object:
        """Stop it, in the same transaction."""


@dataclass(frozen=True)
class RecallTick:
    """What one look at the calendar did."""

    asked: Sequence[Recall]
    """New requests, for withdrawals and for rows kept as long as was promised."""
    taken: Sequence[tuple[Recall, RecallMilestone]]
    suspended: Sequence[ClientId]


class Recalls:
    """Asks and follows up within the caller's transaction; it counts when that has committed."""

    def __init__(self, store: RecallStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock

    def ask_for_withdrawn(self, member: MemberId | None = None) -> Sequence[Recall]:
        """Ask whoever got rows of a member, or of anybody, before a withdrawal; asking again asks nobody twice.

        Where the member's withdrawal is recorded in the same transaction, it stands before this is called.
        """
        at = self._moment()
        return self._noted(self._store.ask_for_withdrawn(member, at, due_after(at)), at)

    def ask_for_incident(self, incident_id: str) -> Sequence[Recall]:
        """Ask each client for its own rows of whom the incident affects; only rows that it wasn't asked for yet."""
        at = self._moment()
        return self._noted(self._store.ask_for_incident(incident_id, at, due_after(at)), at)

    def ask_for_kept_too_long(self) -> Sequence[Recall]:
        """Ask on the promised day whoever was provided with rows that it may keep no longer (E17)."""
        at = self._moment()
        return self._noted(self._store.ask_for_kept_too_long(at, due_after(at)), at)

    def tick(self, switch: Suspension) -> RecallTick:
        """Ask for whoever withdrew elsewhere, remind, and stop whoever is overdue. Done again, it does nothing."""
        asked = [*self.ask_for_withdrawn(), *self.ask_for_kept_too_long()]
        at = self._moment()
        due = [(recall, step) for recall in self._store.open() if (step := recall.step_due(day_of(at))) is not None]
        late: dict[ClientId, Recall] = {}
        for recall, step in due:
            if step is RecallMilestone.ESCALATED:
                late.setdefault(recall.client_id, recall)
        self._note(due, at)
        suspended = [client for client, recall in late.items() if _suspend(switch, recall)]
        return RecallTick(asked, due, suspended)

    def _noted(self, asked: Sequence[Recall], at: datetime) -> Sequence[Recall]:
        self._note([(recall, RecallMilestone.ASKED) for recall in asked], at)
        return asked

    def _note(self, steps: Sequence[tuple[Recall, RecallMilestone]], at: datetime) -> None:
        if not steps:
            return
        real_at = self._clock.real()
        entries = [self._entry(recall, step, at, real_at) for recall, step in steps]
        for (recall, step), seq in zip(steps, self._ledger.append(entries), strict=True):
            self._store.add_step(recall, step, at, seq)
        self._ledger.sign(real_at)

    def _entry(self, recall: Recall, step: RecallMilestone, at: datetime, real_at: datetime) -> NewEntry:
        payload = {
            "client_id": recall.client_id,
            "request_no": recall.request_no,
            "step": step.value,
            "because": recall.because.value,
            "incident_id": recall.incident_id,
            "rows": recall.rows,
            "due_on": recall.due_on.isoformat(),
            "real_at": instant(real_at) if self._clock.is_replay else None,
        }
        return NewEntry(EntryType.RECALL, at, payload)

    def _moment(self) -> datetime:
        held_at = self._store.hold()
        return self._clock.now() if self._clock.is_replay else held_at


def due_after(at: datetime) -> date:
    """The last day on which a recipient that is asked now may certify in time."""
    return day_of(at) + timedelta(days=RECIPIENT_DAYS)


def no_incident(incident_id: str) -> UsageError:
    """What is raised where an incident isn't known, or whom it affects isn't known yet."""
    return UsageError(N_("no incident %(incident)s is known whose people were found"), incident=incident_id)


def facts_of(recall: Recall, today: date) -> RecallRequest:
    """A request as plain values."""
    certificate = recall.certificate
    return {
        "request_no": recall.request_no,
        "client_id": recall.client_id,
        "because": recall.because.value,
        "incident_id": recall.incident_id,
        "rows": recall.rows,
        "requested_at": recall.requested_at.isoformat(),
        "due_on": recall.due_on.isoformat(),
        "state": recall.state(today).value,
        "steps": {step.value: at.isoformat() for step, at in recall.steps.items()},
        "certified_at": None if certificate is None else certificate.at.isoformat(),
        "certified_by": None if certificate is None else certificate.by,
        "sub_processors": None if certificate is None else certificate.sub_processors,
    }


def _suspend(switch: Suspension, recall: Recall) -> bool:
    scope = SwitchScope(client_id=recall.client_id)
    if switch.is_stopped(scope):
        return False
    because = f"erasure request {recall.request_no} is not certified and was due on {recall.due_on} (AC-17)"
    switch.stop(scope, SYSTEM, because, consents_doubted=False)
    return True
