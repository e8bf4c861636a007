"""A job: what was asked, by whom, and how far it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from kanmon.core.ids import ClientId

JobNo = NewType("JobNo", int)


class JobKind(StrEnum):
    """What a worker can do."""

    RUN = "run"
    """The main job, for the job's client or for all."""
    COVERAGE = "coverage"
    """A round over the board's screens; arguments: `screens`, a list of IDs, and `base`, an origin or None."""
    REPORTED = "reported"
    """A look at screens on which browsers reported other words; arguments as of a round, at most one open."""
    COLLECT = "collect"
    """Received events into the lake."""
    MAIL = "mail"
    """Letters to the mail server."""
    COMPACT = "compact"
    """The files of the lake merged, where they are many."""
    RECALL = "recall"
    """What is due about requests to recipients to erase what they got."""
    WITNESS = "witness"
    """The newest checkpoint to the witnesses outside."""
    DRIFT = "drift"
    """The audit of drift; a client whose model gives an alarm is stopped."""
    USE = "use"
    """The audit of use; a client that is found is suspended."""
    LEDGER = "ledger"
    """The whole ledger read again, and the tables held against it."""
    DEADLINES = "deadlines"
    """What is late or soon due for the privacy owner, counted."""
    ALERT = "alert"
    """Alerts to the privacy owner's mail and webhook."""


class JobState(StrEnum):
    """How far a job is; the last three are its end."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    """A rule refused, as `told` says; asking again changes nothing by itself."""
    FAILED = "failed"


OPEN = frozenset({JobState.WAITING, JobState.RUNNING})


@dataclass(frozen=True)
class Job:
    """One job; instants in UTC, None is "not yet"."""

    job_no: JobNo
    kind: JobKind
    arguments: Mapping[str, object]
    client_id: ClientId | None
    """Whose it is; None where it is the platform's own."""
    state: JobState
    attempts: int
    """How often a worker began it."""
    step: str | None
    """The id of the message that says what is being done, or waited for."""
    told: Mapping[str, object]
    """What came of it; for an error its `code`, `message` and `values`."""
    asked_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in OPEN

    def why(self, translate: Callable[[str], str]) -> str | None:
        """What it failed of or is refused by, in the language of `translate`; None where that has no words."""
        message, values = self.told.get("message"), self.told.get("values")
        if message is None:
            return None
        translated = translate(str(message))
        return translated % values if isinstance(values, dict) and values else translated


@dataclass(frozen=True)
class JobResult:
    """What a deed came to."""

    state: JobState
    told: Mapping[str, object]


class JobStore(Protocol):
    """The queue within one transaction. Leases go by the database's clock: the one that all workers share."""

    def ask(
        self, kind: JobKind, arguments: Mapping[str, object], client: ClientId | None, account_no: int | None
    ) -> Job:
        """Put a job into the queue; the one that is open, where one asks just the same."""

    def ask_on_time(self, kind: JobKind, arguments: Mapping[str, object], every: timedelta) -> Job | None:
        """Put a job into the queue unless one of its kind is open or was asked for less than `every` ago.

        Whatever the number of processes that ask, there is one; None where there is nothing to ask.
        """

    def claim(self, worker: str, lease: timedelta, most_attempts: int) -> Job | None:
        """Take the oldest job that waits or whose lease ran out; None where there is none.

        One whose lease ran out for the `most_attempts`-th time has failed, and is not taken up again.
        """

    def renew(self, job: Job, worker: str, lease: timedelta) -> bool:
        """Lengthen the lease; False where the job is no longer this worker's."""

    def tell(self, job: Job, worker: str, step: str) -> bool:
        """Note what is being done; False where the job is no longer this worker's."""

    def put_back(self, job: Job, worker: str, pause: timedelta, step: str | None, *, counts: bool) -> None:
        """Let the job wait again, for `pause` at least; whether the attempt `counts`."""

    def end(self, job: Job, worker: str, ended: JobResult) -> bool:
        """Note how the job ended, once; False where it is no longer this worker's."""

    def is_anything_open(self) -> bool:
        """Whether a job waits or runs."""

    def find(self, job_no: JobNo, client: ClientId) -> Job | None:
        """A client's job; None where it has none of that number."""

    def newest(self, client: ClientId | None, kind: JobKind, most: int) -> Sequence[Job]:
        """The newest jobs of a kind, newest first: a client's, or the platform's own."""
