"""An incident as a list of tasks: one for each duty, then making it public and ending it, each with how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kanmon.core.language import N_
from kanmon.incidents.deadlines import Duty, DutyDeadline, DutyState, dues, reportable_since
from kanmon.incidents.model import FactKind, Incident, IncidentClass
from kanmon.incidents.notices.closing import published_items, publishing_lacks
from kanmon.incidents.service import words_of_items
from kanmon.incidents.words import DUTIES, LOOKS

_NEEDS_SET = frozenset({Duty.RECALL, Duty.NOTICE, Duty.SELF_CHECK})
_PLACES = {
    Duty.SET: "#affected", Duty.RECALL: "/notices", Duty.NOTICE: "/notices",
    Duty.REPORT_PRELIMINARY: "#reporting", Duty.REPORT_FINAL: "#reporting",
}  # fmt: skip
"""Where each is done, after the incident's address; what the record of the incident did by itself has none."""


class TaskState(StrEnum):
    """How far a task is."""

    BLOCKED = "blocked"
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    DONE = "done"


TASK_STATES = {
    TaskState.BLOCKED: N_("can't be started yet"),
    TaskState.NOT_STARTED: N_("not started"),
    TaskState.IN_PROGRESS: N_("in progress"),
    TaskState.DONE: N_("task done"),
}


@dataclass(frozen=True)
class IncidentTask:
    """One task."""

    name: str
    """The id of a message."""
    place: str
    """Where it is done, after the incident's address; empty where there is nothing to do."""
    state: TaskState
    because: str = ""
    """Why it can't be started yet; the id of a message."""
    deadline: DutyDeadline | None = None

    def look(self, at: datetime) -> str:
        """How its chip is drawn: a deadline that is near or past is seen whatever was begun."""
        if self.state is TaskState.DONE:
            return "done"
        look = LOOKS[DutyState.VOLUNTARY if self.deadline is None else self.deadline.state(at)]
        return "quiet" if self.state is TaskState.BLOCKED and look == "open" else look


def tasks_of(incident: Incident) -> Sequence[IncidentTask]:
    """What is to be done about it, in the order in which it is done."""
    return [*(_of_duty(incident, deadline) for deadline in dues(incident)), _publishing(incident), _closing(incident)]


def _of_duty(incident: Incident, deadline: DutyDeadline) -> IncidentTask:
    duty, state, because = deadline.duty, TaskState.NOT_STARTED, ""
    if deadline.done_at is not None:
        state = TaskState.DONE
    elif duty in _NEEDS_SET and incident.computed_at is None:
        state, because = TaskState.BLOCKED, N_("first compute whom it affects")
    elif _is_begun(incident, duty):
        state = TaskState.IN_PROGRESS
    return IncidentTask(DUTIES[duty], _PLACES.get(duty, ""), state, because, deadline)


def _is_begun(incident: Incident, duty: Duty) -> bool:
    """Whether something of it is recorded: words for a report, a number for the set."""
    if duty in (Duty.REPORT_PRELIMINARY, Duty.REPORT_FINAL):
        return bool(words_of_items(incident))
    return duty is Duty.SET and any(fact.kind is FactKind.ESTIMATE for fact in incident.facts)


def _publishing(incident: Incident) -> IncidentTask:
    name, place = N_("make it public"), "/publish"
    if published_items(incident) is not None:
        return IncidentTask(name, place, TaskState.DONE)
    if publishing_lacks(incident):
        return IncidentTask(name, place, TaskState.BLOCKED, N_("first put it in words, in both languages"))
    return IncidentTask(name, place, TaskState.NOT_STARTED)


def _closing(incident: Incident) -> IncidentTask:
    name, place = N_("close the incident"), "/close"
    if incident.closed_at is not None:
        return IncidentTask(name, "", TaskState.DONE)
    is_own = incident.kind is IncidentClass.UNCOVERED
    if is_own and incident.computed_at is None:
        return IncidentTask(name, place, TaskState.BLOCKED, N_("first compute whom it affects"))
    is_reported = any(fact.kind is FactKind.REPORT_FINAL for fact in incident.facts)
    if (is_own or reportable_since(incident) is not None) and not is_reported:
        return IncidentTask(name, place, TaskState.BLOCKED, N_("first record the final report"))
    return IncidentTask(name, place, TaskState.NOT_STARTED)
