"""An incident's task list says what can be done now, what waits for what, and what is done."""

from dataclasses import replace
from datetime import timedelta

from kanmon.core.language import Language
from kanmon.incidents.deadlines import Duty
from kanmon.incidents.model import Criteria, FactKind, Incident
from kanmon.incidents.service import NINE_ITEMS
from kanmon.incidents.tasks import IncidentTask, TaskState, tasks_of
from kanmon.incidents.words import DUTIES
from tests.unit.incidents.test_incident_clock import DECEMBER, incident, later

PUBLIC, ENDED = "make it public", "close the incident"


def states(of: Incident) -> dict[str, TaskState]:
    return {task.name: task.state for task in tasks_of(of)}


def task(of: Incident, name: str) -> IncidentTask:
    return next(task for task in tasks_of(of) if task.name == name)


def test_of_class_u_everything_waits_for_whom_it_affects() -> None:
    own = incident(kind="U")
    waiting = {DUTIES[duty] for duty in (Duty.RECALL, Duty.NOTICE, Duty.SELF_CHECK)} | {PUBLIC, ENDED}
    assert {name for name, state in states(own).items() if state is TaskState.BLOCKED} == waiting
    assert all(task(own, name).because for name in waiting)
    assert states(own)[DUTIES[Duty.HOLD]] is TaskState.DONE
    assert states(own)[DUTIES[Duty.SET]] is TaskState.NOT_STARTED
    estimated = later(own, FactKind.ESTIMATE, DECEMBER, min=1, max=2)
    assert states(estimated)[DUTIES[Duty.SET]] is TaskState.IN_PROGRESS

    computed = replace(own, computed_at=DECEMBER)
    assert states(computed)[DUTIES[Duty.SET]] is TaskState.DONE
    assert states(computed)[DUTIES[Duty.RECALL]] is TaskState.NOT_STARTED
    assert task(computed, ENDED).because == "first record the final report"


def test_words_begin_the_report_and_open_publishing_once_both_languages_have_them() -> None:
    leak = incident()
    assert states(leak)[DUTIES[Duty.REPORT_FINAL]] is TaskState.NOT_STARTED
    assert states(leak)[PUBLIC] is TaskState.BLOCKED
    for item in NINE_ITEMS:
        for language, text in ((Language.JAPANESE, "名簿が漏れた"), (Language.ENGLISH, "a list leaked")):
            leak = later(leak, item, DECEMBER, text=text, language=language.value)
    assert states(leak)[DUTIES[Duty.REPORT_FINAL]] is TaskState.IN_PROGRESS
    assert states(leak)[PUBLIC] is TaskState.NOT_STARTED
    assert states(leak)[ENDED] is TaskState.BLOCKED
    leak = later(leak, FactKind.PUBLISHED, DECEMBER, subject="s", text="t", items_sha256="0" * 64)
    leak = later(leak, FactKind.REPORT_FINAL, DECEMBER)
    assert states(leak)[PUBLIC] is TaskState.DONE
    assert states(leak)[ENDED] is TaskState.NOT_STARTED
    assert set(states(replace(leak, closed_at=DECEMBER)).values()) == {TaskState.DONE}


def test_a_leak_that_nobody_need_report_can_be_ended_and_a_late_task_is_seen() -> None:
    assert states(incident(criteria=Criteria()))[ENDED] is TaskState.NOT_STARTED
    preliminary = task(incident(), DUTIES[Duty.REPORT_PRELIMINARY])
    assert preliminary.look(DECEMBER) == "open"
    assert preliminary.look(DECEMBER + timedelta(days=9)) == "late"
    recall = task(incident(kind="U"), DUTIES[Duty.RECALL])
    assert (recall.look(DECEMBER), recall.look(DECEMBER + timedelta(days=2))) == ("quiet", "late")
