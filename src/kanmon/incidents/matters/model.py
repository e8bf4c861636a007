"""What an authority brings before us, and each step of it; nothing of it is changed later (S22; APPI 146 to 148)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from kanmon.core.errors import RuleRefused
from kanmon.core.ids import IncidentId, MatterId

DAYS_BEFORE = 7
"""How many days before its last day a matter is shown as due soon."""
MOST_BYTES = 20_000_000
"""How large a paper may be."""


class MatterKind(StrEnum):
    """What an authority did."""

    HEARING = "hearing"
    REPORT_DEMAND = "report_demand"
    """A demand for a report or for papers (APPI 146)."""
    GUIDANCE = "guidance"
    """Guidance or advice (APPI 147)."""
    RECOMMENDATION = "recommendation"
    """A recommendation (APPI 148(1))."""
    ORDER = "order"
    """An order (APPI 148(2), (3))."""
    ANNUAL_REPORT = "annual_report"
    """The yearly report of a notified provider of recruiting information, due without being asked for each time."""

    @property
    def wants_answer(self) -> bool:
        """Whether it can't end without an answer; guidance can."""
        return self is not MatterKind.GUIDANCE


class StepKind(StrEnum):
    """What became of a matter; each step is an entry of the ledger."""

    PAPER = "paper"
    """A paper that came or went: `{"name", "sha256", "bytes"}`."""
    DEADLINE = "deadline"
    """Another last day for the answer: `{"due_on"}`."""
    INCIDENT = "incident"
    """An incident that it is about: `{"incident_id"}`."""
    MEASURE = "measure"
    """A deed that the ledger holds and that was done about it: `{"entry", "entry_type"}`."""
    ANSWER = "answer"
    """An answer of ours: `{"answered_on"}`, with a paper's three where one was sent."""
    CLOSED = "closed"


class MatterState(StrEnum):
    """How a matter stands on a day in Japan."""

    OVERDUE = "overdue"
    SOON = "soon"
    """Due within a week."""
    UNDATED = "undated"
    """An answer is wanted, and no day was named."""
    WAITING = "waiting"
    ANSWERED = "answered"
    ANSWERED_LATE = "answered_late"
    OPEN = "open"
    """No answer is wanted."""
    CLOSED = "closed"


DUE = (MatterState.OVERDUE, MatterState.SOON, MatterState.UNDATED)
"""States in which somebody has to see to a matter now."""


class MatterEnded(RuleRefused):
    """A matter of an authority was closed."""

    code = "MATTER_ENDED"
    http_status = 409


class MatterUnanswered(RuleRefused):
    """A matter of an authority can't be closed before it is answered."""

    code = "MATTER_UNANSWERED"
    http_status = 409


@dataclass(frozen=True)
class Paper:
    """A file as it came or went."""

    name: str
    content: bytes


@dataclass(frozen=True)
class MatterNotice:
    """What an authority said when it began a matter."""

    kind: MatterKind
    authority: str
    title: str
    received_on: date
    due_on: date | None = None
    """The last day for our answer, as the authority named it; it isn't moved for weekends."""
    reference: str = ""
    """The authority's own file number."""


@dataclass(frozen=True)
class MatterStep:
    """One step as it was recorded; instants in UTC. The bytes of a paper are read apart."""

    step_no: int
    kind: StepKind
    at: datetime
    real_at: datetime
    by: str
    reason: str
    body: Mapping[str, object]
    ledger_seq: int


@dataclass(frozen=True)
class Matter:
    """A matter with all its steps, in the order in which they were recorded."""

    matter_id: MatterId
    notice: MatterNotice
    opened_at: datetime
    real_at: datetime
    opened_by: str
    reason: str
    ledger_seq: int
    steps: Sequence[MatterStep] = ()

    @property
    def due_on(self) -> date | None:
        """The last day for the answer as it now stands."""
        newest = self._newest(StepKind.DEADLINE)
        return self.notice.due_on if newest is None else date.fromisoformat(str(newest.body["due_on"]))

    @property
    def answered_on(self) -> date | None:
        """The day of the newest answer; None while there is none that came after the newest deadline."""
        answer, deadline = self._newest(StepKind.ANSWER), self._newest(StepKind.DEADLINE)
        if answer is None or (deadline is not None and deadline.step_no > answer.step_no):
            return None
        return date.fromisoformat(str(answer.body["answered_on"]))

    @property
    def closed_at(self) -> datetime | None:
        """When it ended."""
        closed = self._newest(StepKind.CLOSED)
        return None if closed is None else closed.at

    @property
    def incident_ids(self) -> Sequence[IncidentId]:
        """The incidents that it is about."""
        return [IncidentId(str(step.body["incident_id"])) for step in self.steps if step.kind is StepKind.INCIDENT]

    @property
    def measures(self) -> Sequence[int]:
        """The ledger's entries of what was done about it."""
        return [int(str(step.body["entry"])) for step in self.steps if step.kind is StepKind.MEASURE]

    @property
    def papers(self) -> Sequence[MatterStep]:
        """The steps that brought a paper."""
        return [step for step in self.steps if "sha256" in step.body]

    def state(self, today: date) -> MatterState:
        """How it stands on a day in Japan."""
        if self.closed_at is not None:
            return MatterState.CLOSED
        due_on, answered_on = self.due_on, self.answered_on
        if answered_on is not None:
            is_late = due_on is not None and answered_on > due_on
            return MatterState.ANSWERED_LATE if is_late else MatterState.ANSWERED
        if due_on is None:
            return MatterState.UNDATED if self.notice.kind.wants_answer else MatterState.OPEN
        if today > due_on:
            return MatterState.OVERDUE
        return MatterState.SOON if today >= due_on - timedelta(days=DAYS_BEFORE) else MatterState.WAITING

    def _newest(self, kind: StepKind) -> MatterStep | None:
        return next((step for step in reversed(self.steps) if step.kind is kind), None)


class MatterStore(Protocol):
    """Where matters are kept; one transaction."""

    def hold(self) -> None:
        """Let nobody else record anything of a matter until this transaction ends."""

    def matter(self, matter: MatterId) -> Matter | None:
        """One matter with its steps."""

    def matters(self) -> Sequence[Matter]:
        """All matters with their steps, in the order in which they were recorded."""

    def open(self, matter: Matter) -> None:
        """Record a matter for good."""

    def add(self, matter: MatterId, step: MatterStep, content: bytes | None) -> None:
        """Record a step for good, with the bytes of its paper."""

    def is_incident(self, incident: IncidentId) -> bool:
        """Whether there is such an incident."""

    def entry_type(self, seq: int) -> str | None:
        """What the ledger's entry of that number records; None where there is none."""
