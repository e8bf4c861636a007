"""A worker: it claims one job after another, keeps its lease while it works, and says how each ended.

A worker that dies leaves its job to whoever looks next when the lease has run out. One that only lost the lease stops
at its next step, and what it would say then counts no more. So a deed must bear being begun twice: it commits each
part as a whole, and finds what an earlier attempt has left.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from kanmon.core.errors import DatabaseUnavailable, KanmonError, RuleRefused, WorkspaceBusy
from kanmon.core.language import N_
from kanmon.core.transaction import Begin
from kanmon.jobs.job import Job, JobKind, JobResult, JobState, JobStore

LEASE = timedelta(minutes=1)
MOST_ATTEMPTS = 3
PAUSE_WHEN_BUSY = timedelta(seconds=2)
PAUSE_AFTER_FAILURE = timedelta(seconds=10)
"""Times the number of attempts so far."""
PROGRAM_FAILED = N_("the program failed at it; what it said is in the log of the worker")
WAITS_FOR_OTHERS = N_("waits until other work in the workspace has ended")


class JobInterruption(Exception):
    """The worker is to stop, or the job is no longer its own: raised where the deed tells its progress."""


class JobProgress:
    """Progress of one job, for whoever looks at it; also the place where a deed can be interrupted between steps."""

    def __init__(self, begin: Begin[JobStore], job: Job, worker: str, is_stopping: Callable[[], bool]) -> None:
        self._begin = begin
        self._job = job
        self._worker = worker
        self._is_stopping = is_stopping

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator["JobProgress"]:  # noqa: ARG002 - of the protocol
        """Note that a step begins; `JobInterruption` where it must not."""
        with self._begin() as store:
            is_own = store.tell(self._job, self._worker, name)
        if not is_own or self._is_stopping():
            raise JobInterruption
        yield self

    def advance(self, by: int = 1) -> None:  # noqa: ARG002 - of the protocol
        """A part of the step is done; `JobInterruption` where the worker is to stop."""
        if self._is_stopping():
            raise JobInterruption


Deed = Callable[[Job, JobProgress], JobResult]


@dataclass(frozen=True)
class Worker:
    """Does the jobs it has deeds for; `is_stopping` is asked between steps."""

    begin: Begin[JobStore]
    deeds: Mapping[JobKind, Deed]
    name: str
    lease: timedelta
    is_stopping: Callable[[], bool]
    log: Callable[[Exception], None]
    """Takes what no rule foresaw; whoever asked for the job is told only that it failed."""

    def work(self) -> bool:
        """Do one job; False where none could be claimed."""
        with self.begin() as store:
            job = store.claim(self.name, self.lease, MOST_ATTEMPTS)
        if job is None:
            return False
        with self._leased(job):
            self._do(job)
        return True

    def _do(self, job: Job) -> None:
        telling = JobProgress(self.begin, job, self.name, self.is_stopping)
        try:
            ended = self.deeds[job.kind](job, telling)
        except JobInterruption:
            self._put_back(job, timedelta(0), None, counts=False)
        except WorkspaceBusy:
            self._put_back(job, PAUSE_WHEN_BUSY, WAITS_FOR_OTHERS, counts=False)
        except KanmonError as error:
            told = {"code": error.code, "message": error.message, "values": _plain(error.values)}
            if error.exit_status == KanmonError.exit_status:
                self._failed(job, told)
            else:
                is_rule = isinstance(error, RuleRefused)
                self._end(job, JobResult(JobState.REFUSED if is_rule else JobState.FAILED, told))
        except Exception as error:
            self.log(error)
            self._failed(job, {"code": KanmonError.code, "message": PROGRAM_FAILED, "values": {}})
        else:
            self._end(job, ended)

    def _failed(self, job: Job, told: Mapping[str, object]) -> None:
        if job.attempts >= MOST_ATTEMPTS:
            self._end(job, JobResult(JobState.FAILED, told))
        else:
            self._put_back(job, PAUSE_AFTER_FAILURE * job.attempts, None, counts=True)

    def _put_back(self, job: Job, pause: timedelta, step: str | None, *, counts: bool) -> None:
        with self.begin() as store:
            store.put_back(job, self.name, pause, step, counts=counts)

    def _end(self, job: Job, ended: JobResult) -> None:
        with self.begin() as store:
            store.end(job, self.name, ended)

    @contextmanager
    def _leased(self, job: Job) -> Iterator[None]:
        """Renew the lease three times in its length, until the block ends."""
        has_ended = threading.Event()

        def keep() -> None:
            while not has_ended.wait(self.lease.total_seconds() / 3):
                try:
                    with self.begin() as store:
                        store.renew(job, self.name, self.lease)
                except DatabaseUnavailable:  # then the deed fails as well, or the next renewal is in time
                    continue

        keeper = threading.Thread(target=keep, name=f"lease of job {job.job_no}", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            has_ended.set()
            keeper.join()


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value if isinstance(value, int) else str(value) for name, value in values.items()}
