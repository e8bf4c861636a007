"""The queue of jobs in PostgreSQL: claimed with SKIP LOCKED, so that no two workers wait for each other."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from kanmon.core.ids import ClientId
from kanmon.db.unit_of_work import WriteSession
from kanmon.jobs.job import Job, JobKind, JobNo, JobResult, JobState
from kanmon.jobs.timer import AlertCode, OwnerAlert, Timer, TimerState, WorkAges

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
    DELETE FROM job WHERE kind IN ('collect', 'mail', 'reported', 'recall', 'alert', 'witness') AND state = 'done'
    AND asked_by IS NULL AND ended_at < clock_timestamp() - interval '1 day'
    AND NOT EXISTS (SELECT FROM timer WHERE timer.job_no = job.job_no)
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

_SET_TIMER = text(
    """
    INSERT INTO timer (kind, every, due_at) VALUES (:kind, :every, clock_timestamp() + :first)
    ON CONFLICT (kind) DO UPDATE SET every = :every, due_at = least(timer.due_at, clock_timestamp() + :every)
    WHERE timer.every <> :every
    """
)
_TAKE_DUE = text(
    """
    UPDATE timer SET due_at = due_at + every * (
        floor(extract(epoch FROM clock_timestamp() - due_at) / extract(epoch FROM every)) + 1
    )::float8
    WHERE kind = :kind
    AND (due_at <= clock_timestamp() OR EXISTS (
        SELECT FROM job WHERE job.job_no = timer.job_no AND state IN ('failed', 'refused')
        AND ended_at <= clock_timestamp() - :again
    ))
    AND NOT EXISTS (SELECT FROM job WHERE kind = :kind AND client_id IS NULL AND state IN ('waiting', 'running'))
    """
)
"""Periods that were missed are one: what is due next stays on the timer's grid."""
_FAILURES = text(
    """
    INSERT INTO alert (kind, code, job_no, facts, raised_at)
    SELECT kind, :code, job_no, jsonb_build_object('error', coalesce(told ->> 'code', '')), clock_timestamp()
    FROM job JOIN timer USING (kind, job_no)
    WHERE state IN ('failed', 'refused') AND NOT EXISTS (
        SELECT FROM alert a WHERE a.kind = job.kind AND a.code = :code
        AND a.raised_at > clock_timestamp() - interval '1 day'
    )
    ON CONFLICT (job_no, code) DO NOTHING
    """
)
"""What fails again within a day is told once. What a rule refused, such as a missing key, was not done either."""
_RAISE = text(
    """
    INSERT INTO alert (kind, code, job_no, facts, raised_at) VALUES (:kind, :code, :job_no, :facts, clock_timestamp())
    ON CONFLICT (job_no, code) DO NOTHING
    """
).bindparams(bindparam("facts", type_=_JSON))
_AGES = text(
    """
    SELECT kind, max(ended_at) FILTER (WHERE state = 'done') AS done_at,
           extract(epoch FROM clock_timestamp() - min(asked_at) FILTER (WHERE state IN ('waiting', 'running')))::float8
           AS seconds
    FROM job GROUP BY kind
    """
)
_RAISED = text(
    """
    SELECT code, max(raised_at) AS raised_at, count(*) FILTER (
        WHERE mailed_at IS NULL AND posted_at IS NULL AND raised_at > clock_timestamp() - interval '7 days'
    ) AS unsent FROM alert GROUP BY code
    """
)
_ALERTS = "SELECT alert_no, kind, code, facts, raised_at, mailed_at, posted_at FROM alert"
_UNSENT = text(
    f"""
    {_ALERTS} WHERE raised_at > clock_timestamp() - interval '7 days'
    AND ((:mails AND mailed_at IS NULL) OR (:posts AND posted_at IS NULL)) ORDER BY alert_no
    """
)
"""Older ones are no news to a channel that was set up later."""


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

    def own(self, job_no: int) -> Job | None:
        """The platform's own job of that number; None where it is forgotten."""
        found = self._of(None, "AND job_no = :job_no", job_no=job_no)
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


class PostgresTimers:
    """When scheduled work is due, and what it told the privacy owner; one transaction."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    def ask(self, timer: Timer, arguments: Mapping[str, object]) -> Job | None:
        """Put a timer's work into the queue where it is due, or failed a while ago; None where it is not.

        One transaction at a time asks for a kind, by the lock on its row.
        """
        connection = self._session.connection
        connection.execute(_SET_TIMER, {"kind": timer.kind, "every": timer.every, "first": timer.first})
        if connection.execute(_TAKE_DUE, {"kind": timer.kind, "again": timer.again}).rowcount == 0:
            return None
        job = PostgresJobs(self._session).ask(timer.kind, arguments, None, None)
        newest = text("UPDATE timer SET job_no = :job_no WHERE kind = :kind")
        connection.execute(newest, {"kind": timer.kind, "job_no": job.job_no})
        connection.execute(_FORGET)
        return job

    def drop(self, kind: JobKind) -> None:
        """Forget a timer that is switched off; it is due anew a period after it is switched on."""
        self._session.connection.execute(text("DELETE FROM timer WHERE kind = :kind"), {"kind": kind})

    def states(self) -> Sequence[TimerState]:
        """Every timer that a worker has known, by kind."""
        jobs = PostgresJobs(self._session)
        rows = self._session.connection.execute(text("SELECT kind, every, due_at, job_no FROM timer ORDER BY kind"))
        return [
            TimerState(JobKind(row.kind), row.every, row.due_at, None if row.job_no is None else jobs.own(row.job_no))
            for row in rows.all()
        ]

    def tell_failures(self) -> None:
        """Raise an alert for each timer whose newest job failed or was refused, once a day at most."""
        self._session.connection.execute(_FAILURES, {"code": AlertCode.WORK_FAILED})

    def ages(self) -> WorkAges:
        """How long work waits, and when it was last done and told."""
        ages = self._session.connection.execute(_AGES).all()
        raised = self._session.connection.execute(_RAISED).all()
        return WorkAges(
            dict.fromkeys(JobKind, 0.0) | {JobKind(row.kind): row.seconds for row in ages if row.seconds},
            {JobKind(row.kind): row.done_at for row in ages if row.done_at},
            {AlertCode(row.code): row.raised_at for row in raised},
            sum(row.unsent for row in raised),
        )

    def raise_alert(self, job: Job, code: AlertCode, facts: Mapping[str, object]) -> None:
        """Keep what a job found, once; `facts` hold nothing of a person."""
        raised = {"kind": job.kind, "code": code, "job_no": job.job_no, "facts": dict(facts)}
        self._session.connection.execute(_RAISE, raised)

    def alerts(self, most: int) -> Sequence[OwnerAlert]:
        """The newest alerts, newest first."""
        newest = text(f"{_ALERTS} ORDER BY alert_no DESC LIMIT :most")
        return [_alert(row) for row in self._session.connection.execute(newest, {"most": most})]

    def unsent(self, *, mails: bool, posts: bool) -> Sequence[OwnerAlert]:
        """Alerts of the last seven days that a channel which is set up has not taken, oldest first."""
        return [_alert(row) for row in self._session.connection.execute(_UNSENT, {"mails": mails, "posts": posts})]

    def sent(self, alert: OwnerAlert, *, is_mail: bool) -> None:
        """Note that a channel took an alert."""
        column = "mailed_at" if is_mail else "posted_at"
        noted = text(f"UPDATE alert SET {column} = clock_timestamp() WHERE alert_no = :alert_no")  # noqa: S608
        self._session.connection.execute(noted, {"alert_no": alert.alert_no})


def _alert(row: Row[*tuple[Any, ...]]) -> OwnerAlert:
    kind, code = JobKind(row.kind), AlertCode(row.code)
    return OwnerAlert(row.alert_no, kind, code, row.facts, row.raised_at, row.mailed_at, row.posted_at)
