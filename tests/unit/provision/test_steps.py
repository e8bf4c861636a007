"""What the client's own page says comes next follows from what it handed over, stated, asked for and received."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kanmon.clients.contract import Client, Platform
from kanmon.clients.use import Alert, FollowUp, IntendedUse
from kanmon.core.ids import ClientId, ProvisionId, SeasonId
from kanmon.jobs.job import Job, JobKind, JobNo, JobState
from kanmon.provision.receipt import DeliveryReceipt
from kanmon.provision.use_cases.client import ClientOverview
from kanmon.provision.web.steps import StepList, StepState
from tests.unit.rights.test_about import CONTRACT

AT = datetime(2026, 4, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONE = ClientId("one")
EMPTY = ClientOverview(
    client=Client(ONE, "One", "Tokyo", "Head", CONTRACT),
    platform=Platform("Board Inc.", "Tokyo", "Head"),
    last_handed_over_at=None,
    has_refused_rows=False,
    intended=None,
    may_ask=False,
    alerts=(),
    jobs=(),
    deliveries=(),
    is_stopped=False,
    newest_model=None,
)
HANDED = replace(EMPTY, last_handed_over_at=AT)
STATED = replace(HANDED, intended=(IntendedUse("a call", (FollowUp.CALL,), (), "Watcher"), AT + HOUR), may_ask=True)
ALERT = Alert(ONE, "hr", AT + 2 * HOUR, "DENY_PURPOSE_PROHIBITED", None, "to rank")
SEALED = DeliveryReceipt(ProvisionId("r-one"), SeasonId("2026"), AT, None, None)
OPEN = replace(SEALED, acknowledged_at=AT + 4 * HOUR)
OLDER = replace(OPEN, provision_id=ProvisionId("q-one"))


def job(state: JobState, asked_at: datetime = AT + 3 * HOUR) -> Job:
    return Job(JobNo(7), JobKind.RUN, {}, ONE, state, 1, None, {}, asked_at, None, None)


def asked(state: JobState) -> ClientOverview:
    return replace(STATED, jobs=(job(state),))


PROVIDED = replace(asked(JobState.DONE), deliveries=(SEALED, OLDER))
RECEIVED = replace(asked(JobState.DONE), deliveries=(OPEN, OLDER))


@pytest.mark.parametrize(
    ("desk", "states", "address"),
    [
        (EMPTY, "to_do to_do waits waits waits", "/client#hand-over"),
        (replace(HANDED, has_refused_rows=True), "trouble to_do waits waits waits", "/client#hand-over"),
        (HANDED, "done to_do waits waits waits", "/client/use"),
        (replace(STATED, may_ask=False, alerts=(ALERT,)), "done trouble waits waits waits", "/client/use"),
        (replace(STATED, may_ask=False), "done to_do waits waits waits", "/client/use"),
        (STATED, "done done to_do waits waits", "/client/runs"),
        (asked(JobState.WAITING), "done done under_way waits waits", "/client/runs/7"),
        (asked(JobState.RUNNING), "done done under_way waits waits", "/client/runs/7"),
        (asked(JobState.REFUSED), "done done trouble waits waits", "/client/runs/7"),
        (asked(JobState.FAILED), "done done trouble waits waits", "/client/runs"),
        (PROVIDED, "done done done to_do to_do", "/client/reports/r-one"),
        (RECEIVED, "done done done done to_do", "/client/reports/q-one/use"),
        (
            replace(RECEIVED, deliveries=(replace(OPEN, stated_at=AT), replace(OLDER, stated_at=AT))),
            "done done done done done",
            "/client#hand-over",
        ),
        (
            replace(STATED, jobs=(job(JobState.DONE, AT - HOUR),), deliveries=(replace(OPEN, stated_at=AT),)),
            "done done to_do done done",
            "/client/runs",
        ),
        (replace(EMPTY, deliveries=(SEALED,)), "done to_do done to_do waits", "/client/reports/r-one"),
    ],
)  # fmt: skip
def test_the_next_step_is_the_first_that_the_client_can_do(desk: ClientOverview, states: str, address: str) -> None:
    work = StepList(desk)
    assert [step.state for step in work.steps] == [StepState(state) for state in states.split()]
    assert work.next is not None
    assert work.next.address == address
    assert work.next.is_press is (address == "/client/runs")


def test_nothing_is_next_while_providing_is_stopped() -> None:
    work = StepList(replace(RECEIVED, deliveries=(), is_stopped=True))
    assert work.next is None
    assert work.steps[3].state is StepState.TROUBLE
