"""The queue of jobs in PostgreSQL: claimed with SKIP LOCKED, so that no two workers wait for each other."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from kanmon.core.ids import ClientId
from kanmon.db.unit_of_work import WriteSession
from kanmon.jobs.job import Job, JobKind, JobNo, JobResult, JobState

_COLUMNS = "job_no, kind, arguments, client_id, state, attempts, step, told, asked_at, begun_at, ended_at"
_JSON = JSONB(none_as_null=True)
_ASK = text(
    f"""
    INSERT INTO job (kind, arguments, client_id, asked_by, asked_at)
    VALUES (:kind, :arguments, :client, :account_no, clock_timestamp())
    ON CONFLICT (kind, arguments, client_id) WHERE state IN ('waiting', 'running')
    DO UPDATE SET kind = job.kind RETURNING {_COLUMNS}
    """  # noqa: S608
).bindparams(bindparam("arguments", type_=_JSON))
_TIMER = text("SELECT pg_advisory_xact_lock(hashtext('job'), hashtext(:kind))")
_IS_TOO_EARLY = text(
    """
    SELECT EXISTS (SELECT FROM job WHERE kind = :kind
                   AND (state IN ('waiting', 'running') OR asked_at > clock_timestamp() - :every))
    """
)
_FORGET = text(
    """
    DELETE FROM job WHERE kind IN ('collect', 'mail', 'reported', 'witness') AND state = 'done' AND asked_by IS NULL
    AND ended_at < clock_timestamp() - interval '1 day'
    """
)
_GIVE_UP = text(
    """
    UPDATE job SET state = 'failed', ended_at = clock_timestamp(), lease_until = NULL,
                   told = '{"code": "WORKER_LOST", "values": {}}'
    WHERE state = 'running' AND lease_until < clock_timestamp() AND attempts >= :most
    """
)
_CLAIM = text(
    f"""
    UPDATE job SET state = 'running', attempts = attempts + 1, leased_by = :worker, step = NULL,
                   lease_until = clock_timestamp() + :lease, begun_at = coalesce(begun_at, clock_timestamp())
    WHERE job_no = (
        SELECT job_no FROM job
        WHERE (state = 'waiting' AND not_before <= clock_timestamp())
           OR (state = 'running' AND lease_until < clock_timestamp())
        ORDER BY job_no LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING {_COLUMNS}
    """  # noqa: S608
)
_OWN = "job_no = :job_no AND state = 'running' AND leased_by = :worker AND attempts = :attempts"
_RENEW = text(f"UPDATE job SET lease_until = clock_timestamp() + :lease WHERE {_OWN}")  # noqa: S608
_TELL = text(f"UPDATE job SET step = :step WHERE {_OWN}")  # noqa: S608
_PUT_BACK = text(
    f"""
    UPDATE job SET state = 'waiting', attempts = attempts - :back, step = :step, leased_by = NULL, lease_until = NULL,
                   not_before = clock_timestamp() + :pause
    WHERE {_OWN}
    """  # noqa: S608
)
_END = text(
    f"""
    UPDATE job SET state = :state, told = :told, ended_at = clock_timestamp(), lease_until = NULL
    WHERE {_OWN}
    """  # noqa: S608
).bindparams(bindparam("told", type_=_JSON))


class PostgresJobs:
    """See `jobs.job.JobStore`; one transaction. A client's own jobs are seen under its row-level security."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    def ask(
        self, kind: JobKind, arguments: Mapping[str, object], client: ClientId | None, account_no: int | None
    ) -> Job:
        """Put a job into the queue; the one that is open, where one asks just the same."""
        asked = {"kind": kind, "arguments": dict(arguments), "client": client, "account_no": account_no}
        return _job(self._session.connection.execute(_ASK, asked).one())

    def ask_on_time(self, kind: JobKind, arguments: Mapping[str, object], every: timedelta) -> Job | None:
        """Put a job into the queue unless one of its kind is open or was asked for less than `every` ago."""
        connection = self._session.connection
        connection.execute(_TIMER, {"kind": kind})
        if connection.scalar(_IS_TOO_EARLY, {"kind": kind, "every": every}):
            return None
        connection.execute(_FORGET)
        return self.ask(kind, arguments, None, None)

    def claim(self, worker: str, lease: timedelta, most_attempts: int) -> Job | None:
        """Take the oldest job that waits or whose lease ran out; None where there is none."""
        self._session.connection.execute(_GIVE_UP, {"most": most_attempts})
        row = self._session.connection.execute(_CLAIM, {"worker": worker, "lease": lease}).one_or_none()
        return None if row is None else _job(row)

    def renew(self, job: Job, worker: str, lease: timedelta) -> bool:
        """Lengthen the lease; False where the job is no longer this worker's."""
        return self._change(_RENEW.bindparams(lease=lease), job, worker)

    def tell(self, job: Job, worker: str, step: str) -> bool:
        """Note what is being done; False where the job is no longer this worker's."""
        return self._change(_TELL.bindparams(step=step), job, worker)

    def put_back(self, job: Job, worker: str, pause: timedelta, step: str | None, *, counts: bool) -> None:
        """Let the job wait again, for `pause` at least; whether the attempt `counts`."""
        self._change(_PUT_BACK.bindparams(pause=pause, step=step, back=0 if counts else 1), job, worker)

    def end(self, job: Job, worker: str, ended: JobResult) -> bool:
        """Note how the job ended, once; False where it is no longer this worker's."""
        return self._change(_END.bindparams(state=ended.state, told=dict(ended.told)), job, worker)

    def is_anything_open(self) -> bool:
        """Whether a job waits or runs."""
        open_ones = text("SELECT EXISTS (SELECT FROM job WHERE state IN ('waiting', 'running'))")
        return bool(self._session.connection.scalar(open_ones))

    def find(self, job_no: JobNo, client: ClientId) -> Job | None:
        """A client's job; None where it has none of that number."""
        found = self._of(client, "AND job_no = :job_no", job_no=job_no)
        return found[0] if found else None

    def newest(self, client: ClientId | None, kind: JobKind, most: int) -> Sequence[Job]:
        """The newest jobs of a kind, newest first: a client's, or the platform's own."""
        return self._of(client, "AND kind = :kind ORDER BY job_no DESC LIMIT :most", kind=kind, most=most)

    def _of(self, client: ClientId | None, which: str, **values: object) -> list[Job]:
        if client is not None:
            self._session.act_for(client)
        found = text(f"SELECT {_COLUMNS} FROM job WHERE client_id IS NOT DISTINCT FROM :client {which}")  # noqa: S608
        return [_job(row) for row in self._session.connection.execute(found, {"client": client, **values})]

    def _change(self, statement: Any, job: Job, worker: str) -> bool:
        own = {"job_no": job.job_no, "worker": worker, "attempts": job.attempts}
        return self._session.connection.execute(statement, own).rowcount == 1


def _job(row: Row[*tuple[Any, ...]]) -> Job:
    return Job(
        JobNo(row.job_no),
        JobKind(row.kind),
        row.arguments,
        None if row.client_id is None else ClientId(row.client_id),
        JobState(row.state),
        row.attempts,
        row.step,
        row.told,
        row.asked_at,
        row.begun_at,
        row.ended_at,
    )
