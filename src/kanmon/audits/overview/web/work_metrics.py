"""Jobs, timers, runs, deadlines and the database's pool as Prometheus reads them; nothing in them is of a person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kanmon.application.application import Application
from kanmon.audits.overview.status import RunSummary
from kanmon.audits.overview.use_cases.due import DueCounts, due_counts
from kanmon.audits.overview.use_cases.status import newest_runs
from kanmon.core.errors import UsageError
from kanmon.jobs.timer import TimerState, WorkAges
from kanmon.jobs.use_cases.telling import timer_states, work_ages

RUNS = 100


@dataclass(frozen=True, eq=False)
class StateOfWork(Collector):
    """What the worker and this process are at, as of one moment."""

    ages: WorkAges
    timers: Sequence[TimerState]
    runs: Sequence[RunSummary]
    due: DueCounts | None
    """None where nothing was loaded."""
    connections: int

    @classmethod
    def now(cls, application: Application) -> "StateOfWork":
        """As of now."""
        try:
            due: DueCounts | None = due_counts(application)
        except UsageError:
            due = None
        connections = application.transactions.connections_in_use()
        return cls(work_ages(application), timer_states(application), newest_runs(application, RUNS), due, connections)

    def collect(self) -> Iterator[Metric]:
        """The families, each once."""
        ages = self.ages
        waiting = {kind.value: seconds for kind, seconds in ages.waiting_seconds.items()}
        yield _by("kanmon_job_waiting_seconds", "How long the oldest job waits or runs.", "kind", waiting)
        done = {kind.value: at.timestamp() for kind, at in ages.done_at.items()}
        yield _by("kanmon_job_done_timestamp_seconds", "When a job was last done.", "kind", done)
        raised = {code.value: at.timestamp() for code, at in ages.raised_at.items()}
        yield _by("kanmon_alert_raised_timestamp_seconds", "When an alert was last raised.", "code", raised)
        yield GaugeMetricFamily("kanmon_alerts_unsent", "Alerts that no channel has taken.", value=ages.unsent)
        next_at = {timer.kind.value: timer.due_at.timestamp() for timer in self.timers}
        yield _by("kanmon_timer_due_timestamp_seconds", "When scheduled work is due next.", "kind", next_at)
        failed = {timer.kind.value: timer.has_failed for timer in self.timers}
        yield _by("kanmon_timer_failed", "1 where it failed the last time.", "kind", failed)
        yield _by("kanmon_run_seconds", "How long the newest run took.", "command", _durations(self.runs))
        yield GaugeMetricFamily("kanmon_database_connections", "In use by this process.", value=self.connections)
        if self.due is not None:
            due = {"late": self.due.late, "soon": self.due.soon}
            yield _by("kanmon_due", "Deadlines that are late, or soon: within three days.", "when", due)


def _durations(runs: Sequence[RunSummary]) -> Mapping[str, float]:
    """Of the newest run of each command that ended; a replay's moments are not this clock's."""
    ended = [run for run in reversed(runs) if run.finished_at is not None and not run.is_replay]
    return {run.command: (run.finished_at - run.acted_at).total_seconds() for run in ended if run.finished_at}


def _by(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family
