"""For whoever runs the service: is it alive, can it work, and what does it do. Nothing here names a person.

`/healthz` asks nobody, so that a service whose database is gone is not started anew for it. `/readyz` asks the database
and looks for faults that forbid to provide. `/metrics` is for a key that may `metrics` (Prometheus' text format).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from kanmon.access.key import KeyScope
from kanmon.application.application import Application
from kanmon.audits.overview.overview import Overview
from kanmon.audits.overview.status import WorkspaceStatus
from kanmon.audits.overview.use_cases.overview import overview_now
from kanmon.audits.overview.use_cases.status import Machine, machine_of, newest_runs, status_now
from kanmon.audits.overview.web.work_metrics import StateOfWork
from kanmon.core.errors import UsageError
from kanmon.intake.use_cases.events import waiting_events
from kanmon.intake.web import key_let_in
from kanmon.web.access import Open
from kanmon.web.measured import Measures

ALIVE = "/healthz"
Labels = TypeVar("Labels", bound=Sequence[str])
router = APIRouter(include_in_schema=False)


@router.get(ALIVE)
async def alive() -> PlainTextResponse:
    """That the process answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def ready(application: Open) -> JSONResponse:
    """Whether the service can work: 503 with the codes of what forbids it. It costs little: anybody may ask."""
    newest_runs(application, 1)
    codes = [fault.code for fault in application.faults()]
    return JSONResponse({"ready": not codes, "faults": codes}, 503 if codes else 200)


@router.get("/metrics")
async def metrics(request: Request, application: Open) -> Response:
    """What stands in the control plane now, and what was answered so far."""
    await key_let_in(request, KeyScope.METRICS)
    written = await run_in_threadpool(_metrics, application, request.app.state.measures)
    return Response(written, media_type=CONTENT_TYPE_LATEST)


def _metrics(application: Application, measures: Measures) -> bytes:
    """It asks the database many questions: never on the event loop, which would keep everybody waiting."""
    registry = CollectorRegistry()
    registry.register(StateOfService.now(application))
    registry.register(StateOfWork.now(application))
    return generate_latest(registry) + measures.written()


class StateOfService(Collector):
    """Everything at one moment, as Prometheus reads it; labels are clients, uses, reasons and codes."""

    def __init__(
        self,
        status: WorkspaceStatus,
        overview: Overview | None,
        machine: Machine,
        waiting_events: int,
        faults: Sequence[str],
    ) -> None:
        self._status = status
        self._overview = overview
        self._machine = machine
        self._waiting_events = waiting_events
        self._faults = faults

    @classmethod
    def now(cls, application: Application) -> "StateOfService":
        """As of now; without the overview where nothing was loaded yet."""
        try:
            seen: Overview | None = overview_now(application)
        except UsageError:
            seen = None
        faults = [fault.code for fault in application.faults()]
        return cls(status_now(application), seen, machine_of(application), waiting_events(application), faults)

    def collect(self) -> Iterator[Metric]:
        """The families, each once."""
        status = self._status
        built = {"version": self._machine.kanmon_version, "database": status.database_version}
        yield InfoMetricFamily("kanmon_build", "Versions.", value=built)
        yield _one("kanmon_free_bytes", "Free on the disk of the workspace.", self._machine.free_bytes)
        yield _one("kanmon_ledger_entries", "Entries of the ledger.", status.ledger_entries)
        yield _one("kanmon_service_stopped", "1 while the whole service is stopped.", status.is_service_stopped)
        yield _one("kanmon_events_waiting", "Events received and not yet in the lake.", self._waiting_events)
        waiting = {(what.value,): count for what, count in status.waiting.items()}
        yield _many("kanmon_waiting", "What waits for a person or the worker.", ["what"], waiting)
        faults = {(code,): 1 for code in self._faults}
        yield _many("kanmon_fault", "1 for each fault that forbids to provide.", ["code"], faults)
        clients = status.clients
        stopped = {(client.client_id,): client.is_stopped for client in clients}
        yield _many("kanmon_client_stopped", "1 while a client is stopped.", ["client"], stopped)
        scores = {(client.client_id,): client.scores for client in clients}
        yield _many("kanmon_scores", "Applicants with a score in the newest run.", ["client"], scores)
        persons = {(client.client_id,): client.persons for client in clients}
        yield _many("kanmon_provided_persons", "Persons in the newest provision.", ["client"], persons)
        provided = {(client.client_id,): _seconds(client.provided_at) for client in clients if client.provided_at}
        yield _many("kanmon_provided_timestamp_seconds", "When it was made.", ["client"], provided)
        if self._overview is not None:
            yield from _of_overview(self._overview)


def _of_overview(overview: Overview) -> Iterator[Metric]:
    yield _one("kanmon_screens_wrong", "Screens that were seen to show other words.", overview.stale_count)
    yield _one("kanmon_ledger_signed_entries", "Entries under the newest checkpoint.", overview.ledger.signed_entries)
    if overview.ledger.signed_at is not None:
        signed_at = _seconds(overview.ledger.signed_at)
        yield _one("kanmon_ledger_signed_timestamp_seconds", "When it was signed.", signed_at)
    asked = {(answers.client_id, answers.use.value): answers.asked for answers in overview.answers}
    yield _many("kanmon_gate_asked", "Applicants asked about in the newest run.", ["client", "use"], asked)
    denied = {
        (answers.client_id, answers.use.value, reason.value): count
        for answers in overview.answers
        for reason, count in answers.reasons.items()
    }
    yield _many("kanmon_gate_denied", "Applicants denied, by reason.", ["client", "use", "reason"], denied)


def _one(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


def _many(name: str, about: str, labels: Sequence[str], values: Mapping[Labels, float]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=labels)
    for label_values, value in values.items():
        family.add_metric(label_values, value)
    return family


def _seconds(moment: datetime) -> float:
    return moment.timestamp()
