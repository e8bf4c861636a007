"""A revision as a list of tasks: every step to the active version, whose it is, how far it is, and why it waits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kanmon.access.account import Role
from kanmon.core.language import N_
from kanmon.incidents.tasks import TaskState
from kanmon.reviews.revisions.model import MOVES, Act, Revision, RevisionState, RevisionStep
from kanmon.reviews.revisions.rules import LACK_TEXTS, LackCode

TASKS: Mapping[Act, str] = {
    Act.DRAFT: N_("Write the draft"),
    Act.MODEL: N_("Confirm that every element is quoted in the text"),
    Act.CHECK: N_("Examine the text under the law in force"),
    Act.SET_IMPACT: N_("Work out screens and persons concerned"),
    Act.CONFIRM: N_("Confirm that it is reflected as instructed"),
    Act.ADVISE: N_("Give the students' view"),
    Act.REVIEW: N_("Answer and approve"),
    Act.SCHEDULE: N_("Fix the day from which it takes effect"),
    Act.DEPLOY: N_("Begin the roll-out to the screens"),
    Act.ACTIVATE: N_("Put the version in force"),
}
"""The tasks in their order; ids of messages. `VERIFY` is the first half of putting the version in force."""
_EARLIER = N_("first the tasks above")
_ENDED = N_("the revision was given up")
_LOOKS = {TaskState.DONE: "done", TaskState.BLOCKED: "quiet"}


@dataclass(frozen=True)
class RevisionTask:
    """One task."""

    name: str
    """The id of a message."""
    role: Role
    """Whose it is."""
    state: TaskState
    because: str = ""
    """Why it can't be started yet; the id of a message."""
    step: RevisionStep | None = None
    """The step that did it, where it is done."""

    @property
    def look(self) -> str:
        """How its chip is drawn."""
        return _LOOKS.get(self.state, "open")


def tasks_of(
    revision: Revision, effective_from: datetime, now: datetime, waits: Collection[LackCode]
) -> Sequence[RevisionTask]:
    """What is to be done until the version is active; `waits` is what the last looks at the screens found lacking."""
    return [_task(revision, act, effective_from, now, waits) for act in TASKS]


def _task(
    revision: Revision, act: Act, effective_from: datetime, now: datetime, waits: Collection[LackCode]
) -> RevisionTask:
    # A new draft undoes every step after it; a new impact set undoes what was said of the one before.
    since = _since(revision.steps, Act.DRAFT)
    if act in (Act.CONFIRM, Act.ADVISE):
        since = _since(since, Act.SET_IMPACT)
    step = next((step for step in reversed(since) if step.act is act), None)
    role = next(iter(MOVES[act].roles))
    if step is not None:
        return RevisionTask(TASKS[act], role, TaskState.DONE, step=step)
    because = _obstacle(revision, act, effective_from, now, waits)
    return RevisionTask(TASKS[act], role, TaskState.BLOCKED if because else TaskState.NOT_STARTED, because)


def _since(steps: Sequence[RevisionStep], act: Act) -> Sequence[RevisionStep]:
    """The newest step of an act and all after it; all steps where there is none."""
    begins = max((place for place, step in enumerate(steps) if step.act is act), default=0)
    return steps[begins:]


def _obstacle(
    revision: Revision, act: Act, effective_from: datetime, now: datetime, waits: Collection[LackCode]
) -> str:
    """Why a task can't be started; empty where it can."""
    if revision.state is RevisionState.ABANDONED:
        return _ENDED
    begins = MOVES[act].begins | (MOVES[Act.VERIFY].begins if act is Act.ACTIVATE else frozenset())
    if revision.state not in begins:
        return _EARLIER
    if act is Act.REVIEW:
        spoken = {step.act for step in _since(_since(revision.steps, Act.DRAFT), Act.SET_IMPACT)}
        return "" if spoken >= {Act.CONFIRM, Act.ADVISE} else _EARLIER
    if act is Act.SCHEDULE and effective_from <= now:
        return LACK_TEXTS[LackCode.NOT_IN_THE_FUTURE]
    if act is Act.DEPLOY and now < effective_from:
        return LACK_TEXTS[LackCode.NOT_YET_EFFECTIVE]
    if act is Act.ACTIVATE and waits:
        return N_("first the screens must show the new words; see the roll-out below")
    return ""
