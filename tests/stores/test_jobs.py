"""The queue of jobs on a real database: claimed once each, leased, taken up again, ended once, asked for once."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from kanmon.core.errors import DiskFull, KanmonError, UsageError, WorkspaceBusy
from kanmon.core.ids import ClientId
from kanmon.db.unit_of_work import Database
from kanmon.jobs.job import Job, JobKind, JobResult, JobState
from kanmon.jobs.store import PostgresJobs
from kanmon.jobs.worker import MOST_ATTEMPTS, Deed, JobProgress, Worker

LONG, NONE, HOUR = timedelta(minutes=1), timedelta(0), timedelta(hours=1)
DONE = JobResult(JobState.DONE, {"count": 1})
ONE, OTHER = ClientId("one"), ClientId("other")
COMPANY = "INSERT INTO client VALUES (:client, 'n', 'a', 'r', '{}', now())"


class Queue:
    """The queue of one database, a transaction for each deed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.failures: list[Exception] = []
        """What its workers log."""

    @contextmanager
    def begin(self) -> Iterator[PostgresJobs]:
        with self._database.write() as session:
            yield PostgresJobs(session)

    def ask(self, number: int = 0, client: ClientId | None = None, kind: JobKind = JobKind.RUN) -> Job:
        with self.begin() as store:
            return store.ask(kind, {"number": number}, client, None)

    def claim(self, worker: str, lease: timedelta = LONG, most: int = MOST_ATTEMPTS) -> Job | None:
        with self.begin() as store:
            return store.claim(worker, lease, most)

    def end(self, job: Job, worker: str) -> bool:
        with self.begin() as store:
            return store.end(job, worker, DONE)

    def rows(self) -> list[tuple[object, ...]]:
        with self._database.write() as session:
            found = session.connection.execute(text("SELECT state, attempts, told FROM job ORDER BY job_no"))
            return [tuple(row) for row in found]


@pytest.fixture
def queue(database: Database) -> Queue:
    with database.write() as session:
        for client in (ONE, OTHER):
            session.connection.execute(text(COMPANY), {"client": client})
    return Queue(database)


def worker_of(queue: Queue, deed: Deed, is_stopping: threading.Event | None = None) -> Worker:
    stopping = is_stopping or threading.Event()
    return Worker(queue.begin, dict.fromkeys(JobKind, deed), "w", LONG, stopping.is_set, queue.failures.append)


def test_many_workers_do_each_job_once(queue: Queue) -> None:
    for number in range(60):
        queue.ask(number)
    done: Counter[object] = Counter()

    def work(name: str) -> None:
        def deed(job: Job, telling: JobProgress) -> JobResult:
            done[job.arguments["number"]] += 1
            return DONE

        worker = Worker(queue.begin, {JobKind.RUN: deed}, name, LONG, threading.Event().is_set, queue.failures.append)
        while worker.work():
            pass

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, "abcd"))
    assert done == Counter(range(60))
    assert {row[0] for row in queue.rows()} == {"done"}


def test_a_job_under_lease_is_nobody_elses_and_one_whose_lease_ran_out_is_taken_up_once(queue: Queue) -> None:
    queue.ask()
    lost = queue.claim("killed", NONE)
    assert lost is not None
    again = queue.claim("second")
    assert again is not None
    assert (again.job_no, again.attempts) == (lost.job_no, 2)
    assert queue.claim("third") is None
    assert not queue.end(lost, "killed")
    assert queue.end(again, "second")
    assert not queue.end(again, "second")
    assert queue.rows() == [("done", 2, {"count": 1})]


def test_a_worker_that_lost_its_lease_stops_at_its_next_step(queue: Queue) -> None:
    queue.ask()
    reached = []

    def deed(job: Job, telling: JobProgress) -> JobResult:
        with queue._database.write() as session:
            session.connection.execute(text("UPDATE job SET lease_until = now() - interval '1 second'"))
        assert queue.claim("second") is not None
        with telling.step("work"):
            reached.append(job)
        return DONE

    assert worker_of(queue, deed).work()
    assert not reached
    assert queue.rows()[0][:2] == ("running", 2)


def test_a_job_whose_workers_die_again_and_again_has_failed(queue: Queue) -> None:
    queue.ask()
    for number in range(MOST_ATTEMPTS):
        assert queue.claim(str(number), NONE) is not None
    assert queue.claim("one more") is None
    assert queue.rows() == [("failed", MOST_ATTEMPTS, {"code": "WORKER_LOST", "values": {}})]


@pytest.mark.parametrize(
    ("raised", "state", "attempts"),
    [
        (WorkspaceBusy("busy"), "waiting", 0),
        (DiskFull("no room"), "waiting", 1),
        (ZeroDivisionError(), "waiting", 1),
        (UsageError("no such client"), "failed", 1),
    ],
    ids=str,
)
def test_what_waits_what_is_tried_again_and_what_is_told(
    queue: Queue, raised: Exception, state: str, attempts: int
) -> None:
    queue.ask()

    def deed(job: Job, telling: JobProgress) -> JobResult:
        raise raised

    assert worker_of(queue, deed).work()
    assert queue.rows()[0][:2] == (state, attempts)
    assert queue.claim("nobody yet") is None
    assert queue.failures == [error for error in [raised] if not isinstance(error, KanmonError)]


def test_what_fails_at_every_attempt_is_told_as_failed(queue: Queue) -> None:
    queue.ask()

    def deed(job: Job, telling: JobProgress) -> JobResult:
        raise DiskFull("no room in %(folder)s", folder="/tmp")

    for _ in range(MOST_ATTEMPTS):
        with queue._database.write() as session:
            session.connection.execute(text("UPDATE job SET not_before = '-infinity'"))
        assert worker_of(queue, deed).work()
    told = {"code": "DISK_FULL", "message": "no room in %(folder)s", "values": {"folder": "/tmp"}}
    assert queue.rows() == [("failed", MOST_ATTEMPTS, told)]


def test_a_worker_that_is_stopped_puts_its_job_back(queue: Queue) -> None:
    queue.ask()
    stopping = threading.Event()

    def deed(job: Job, telling: JobProgress) -> JobResult:
        with telling.step("first"):
            stopping.set()
            telling.advance()
        return DONE

    assert worker_of(queue, deed, stopping).work()
    assert queue.rows()[0][:2] == ("waiting", 0)
    assert queue.claim("next") is not None


def test_asking_again_while_it_is_open_is_the_same_job(queue: Queue) -> None:
    first = queue.ask(client=ONE)
    assert queue.ask(client=ONE) == first
    assert queue.ask(client=OTHER) != first
    job = queue.claim("w")
    assert job is not None
    assert queue.ask(client=ONE).job_no == first.job_no
    assert queue.end(job, "w")
    assert queue.ask(client=ONE).job_no != first.job_no


def test_a_timer_asks_once_whatever_the_number_of_processes(queue: Queue) -> None:
    def ask(_: int) -> Job | None:
        with queue.begin() as store:
            return store.ask_on_time(JobKind.COVERAGE, {"screens": [], "base": None}, HOUR)

    with ThreadPoolExecutor(4) as threads:
        asked = [job for job in threads.map(ask, range(8)) if job is not None]
    assert len(asked) == 1
    job = queue.claim("w")
    assert job is not None
    assert queue.end(job, "w")
    assert ask(0) is None
    with queue._database.write() as session:
        session.connection.execute(text("UPDATE job SET asked_at = asked_at - interval '61 minutes'"))
    assert ask(0) is not None


def test_a_client_sees_its_own_jobs_only(queue: Queue, database: Database) -> None:
    own, foreign, platforms = queue.ask(client=ONE), queue.ask(client=OTHER), queue.ask()
    with queue.begin() as store:
        assert store.find(own.job_no, ONE) == own
        assert store.find(foreign.job_no, ONE) is None
        assert store.find(platforms.job_no, ONE) is None
        assert list(store.newest(ONE, JobKind.RUN, 10)) == [own]
    with database.read(ONE) as session:
        assert session.connection.scalars(text("SELECT job_no FROM job")).all() == [own.job_no]
