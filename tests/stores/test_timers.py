"""Scheduled work on a real database: once a period whatever asks, after downtime once, failed told and tried again."""

import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address

import pytest
from sqlalchemy import text

from kanmon.core.errors import UsageError
from kanmon.db.unit_of_work import Database
from kanmon.jobs.job import Job, JobKind, JobResult, JobState
from kanmon.jobs.store import PostgresJobs, PostgresTimers
from kanmon.jobs.timer import AlertCode, Timer, timers_of
from kanmon.jobs.use_cases import webhook
from kanmon.jobs.use_cases.webhook import Webhook, WebhookUnavailable

DAY, HOUR, NONE = timedelta(days=1), timedelta(hours=1), timedelta(0)
DRIFT = Timer(JobKind.DRIFT, DAY, DAY)
MESSAGE = {"alert": 7, "code": "DEADLINES_DUE"}


class Clockwork:
    """The timers of one database; `passes` moves what it has noted into the past, as if time had passed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def timers(self) -> Iterator[PostgresTimers]:
        with self._database.write() as session:
            yield PostgresTimers(session)

    def ask(self, timer: Timer = DRIFT) -> Job | None:
        with self.timers() as timers:
            return timers.ask(timer, {})

    def passes(self, period: timedelta) -> None:
        with self._database.write() as session:
            session.connection.execute(text("UPDATE timer SET due_at = due_at - :p"), {"p": period})
            session.connection.execute(text("UPDATE job SET ended_at = ended_at - :p"), {"p": period})

    def ends(self, state: JobState) -> Job:
        with self._database.write() as session:
            jobs = PostgresJobs(session)
            job = jobs.claim("w", HOUR, 3)
            assert job is not None
            assert jobs.end(job, "w", JobResult(state, {"code": "DATABASE_GONE"}))
        return job


@pytest.fixture
def clockwork(database: Database) -> Clockwork:
    return Clockwork(database)


def test_work_is_asked_for_once_a_period_by_however_many_workers(clockwork: Clockwork) -> None:
    assert clockwork.ask() is None  # known from now on, and first due a period later
    for _ in range(3):
        clockwork.passes(DAY)
        with ThreadPoolExecutor(4) as threads:
            assert len([job for job in threads.map(lambda _: clockwork.ask(), range(8)) if job]) == 1
        clockwork.ends(JobState.DONE)
        assert clockwork.ask() is None


def test_what_was_missed_is_done_once_and_stays_on_the_grid(clockwork: Clockwork) -> None:
    clockwork.ask()
    with clockwork.timers() as timers:
        [before] = timers.states()
    clockwork.passes(10 * DAY + HOUR)
    assert clockwork.ask() is not None
    clockwork.ends(JobState.DONE)
    assert clockwork.ask() is None
    with clockwork.timers() as timers:
        [after] = timers.states()
    assert after.due_at == before.due_at - HOUR
    assert after.last is not None
    assert after.last.state is JobState.DONE


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.REFUSED])
def test_work_that_was_not_done_is_told_once_a_day_and_asked_for_again_after_an_hour(
    clockwork: Clockwork, state: JobState
) -> None:
    clockwork.ask()
    clockwork.passes(DAY)
    for _ in range(2):
        assert clockwork.ask() is not None
        clockwork.ends(state)
        assert clockwork.ask() is None
        with clockwork.timers() as timers:
            timers.tell_failures()
            assert [timer.has_failed for timer in timers.states()] == [True]
        clockwork.passes(HOUR)
    with clockwork.timers() as timers:
        assert [(alert.code, alert.facts) for alert in timers.alerts(9)] == [
            (AlertCode.WORK_FAILED, {"error": "DATABASE_GONE"})
        ]
    assert clockwork.ask() is not None
    clockwork.ends(JobState.DONE)
    clockwork.passes(HOUR)
    assert clockwork.ask() is None


def test_a_shorter_period_counts_at_once_and_one_switched_off_is_forgotten(clockwork: Clockwork) -> None:
    clockwork.ask()
    clockwork.ask(Timer(JobKind.DRIFT, HOUR, HOUR))
    clockwork.passes(HOUR)
    assert clockwork.ask(Timer(JobKind.DRIFT, HOUR, HOUR)) is not None
    with clockwork.timers() as timers:
        timers.drop(JobKind.DRIFT)
        assert timers.states() == []


def test_each_channel_takes_an_alert_once(clockwork: Clockwork) -> None:
    clockwork.ask(Timer(JobKind.RECALL, HOUR, NONE))
    job = clockwork.ends(JobState.DONE)
    for _ in range(2):
        with clockwork.timers() as timers:
            timers.raise_alert(job, AlertCode.RECALL_OVERDUE, {"clients": ["AOBA"]})
    with clockwork.timers() as timers:
        [alert] = timers.unsent(mails=True, posts=True)
        timers.sent(alert, is_mail=True)
        assert timers.unsent(mails=True, posts=False) == []
        assert len(timers.unsent(mails=False, posts=True)) == 1
        timers.sent(alert, is_mail=False)
        assert timers.unsent(mails=True, posts=True) == []


@pytest.mark.parametrize("written", ["drift", "drift=0", "drift=-1", "drift=nan", "run=24", "tea=5", "ledger=1e99"])
def test_a_setting_that_makes_no_sense_is_refused(written: str) -> None:
    with pytest.raises(UsageError):
        timers_of(written)


def test_a_setting_changes_what_it_names() -> None:
    timers = timers_of("drift=6, ledger=off")
    assert {kind: timer.every for kind, timer in timers.items()} == {
        JobKind.DRIFT: timedelta(hours=6), JobKind.USE: timedelta(days=7), JobKind.DEADLINES: DAY,
    }  # fmt: skip


@contextmanager
def receiver(status: int) -> Iterator[tuple[str, list[tuple[Mapping[str, str], object]]]]:
    """A server of this machine that takes messages and answers with a status."""
    taken: list[tuple[Mapping[str, str], object]] = []

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append((dict(self.headers), json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: what is asked is in `taken`."""

    server = HTTPServer(("127.0.0.1", 0), Takes)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook?key=1", taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_webhook_takes_an_alert_under_its_number() -> None:
    with receiver(204) as (address, taken):
        Webhook.read(address).post(MESSAGE)
    [(headers, message)] = taken
    assert message == MESSAGE
    assert headers["Idempotency-Key"] == "kanmon-alert-7"


@pytest.mark.parametrize("status", [302, 404, 500])
def test_no_redirect_is_followed_and_no_refusal_taken_for_delivery(status: int) -> None:
    with receiver(status) as (address, taken), pytest.raises(WebhookUnavailable, match=str(status)) as raised:
        Webhook.read(address).post(MESSAGE)
    assert len(taken) == 1
    assert "key=1" not in str(raised.value)  # an address may hold a secret


def test_a_slow_receiver_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte of its answer comes in time, and the answer never does."""
    monkeypatch.setattr(webhook, "TIMEOUT_SECONDS", 0.5)
    done = threading.Event()

    class Drips(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with suppress(OSError):
                while not done.wait(0.05):
                    self.wfile.write(b"H")

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Drips)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with pytest.raises(WebhookUnavailable):
            Webhook.read(f"http://127.0.0.1:{server.server_port}/").post(MESSAGE)
    finally:
        done.set()
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_name_that_leads_inward_is_not_called_unless_its_network_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver(204) as (address, taken):
        named = address.replace("127.0.0.1", "hooks.example.jp")
        resolved = "kanmon.jobs.use_cases.webhook.resolve"
        loopback = Webhook.read(address).named.origin.host
        monkeypatch.setattr(resolved, lambda host, port: [ip_address(loopback)])
        with pytest.raises(WebhookUnavailable, match="ADDRESS_NOT_PERMITTED"):
            Webhook.read(named).post(MESSAGE)
        assert taken == []
        Webhook.read(f"{named} 127.0.0.0/8").post(MESSAGE)
        assert len(taken) == 1


@pytest.mark.parametrize("setting", ["hooks.example.jp", "ftp://h/x", "https://u:p@h/x", "https://h/x no-network"])
def test_an_address_that_cannot_be_read_is_refused(setting: str) -> None:
    with pytest.raises(UsageError):
        Webhook.read(setting)
