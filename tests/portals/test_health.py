"""What is told of the service over HTTP: to anybody that it lives, to a key what it does, to nobody who is in it."""

import asyncio
import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from fastapi.routing import APIRoute
from httpx import ASGITransport, AsyncClient, Response
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry
from sqlalchemy import text

from kanmon.access.key import KeyScope
from kanmon.application.application import Application
from kanmon.audits.overview.overview import GateAnswers, LedgerState, Overview
from kanmon.audits.overview.status import AwaitedWork, ClientStatus, WorkspaceStatus
from kanmon.audits.overview.use_cases.status import Machine
from kanmon.audits.overview.web.health import StateOfService
from kanmon.audits.overview.web.work_metrics import StateOfWork
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, RunId, SeasonId
from kanmon.gate.decision import ReasonCode, Use
from kanmon.intake.use_cases.events import http_intake
from kanmon.web.app import ROUTERS, create_app
from kanmon.web.measured import NO_ROUTE
from tests.portals.office import HOST, Office

CANARY = "kanarieqx7"
AT = datetime(2026, 12, 1, tzinfo=UTC)


def got(office: Office, path: str, headers: Mapping[str, str] | None = None) -> Response:
    async def asked() -> Response:
        async with AsyncClient(transport=ASGITransport(app=office.app), base_url=HOST) as program:
            return await program.get(path, headers=headers)

    return asyncio.run(asked())


def test_it_lives_and_is_ready(office: Office) -> None:
    assert (got(office, "/healthz").status_code, got(office, "/healthz").text) == (200, "ok\n")
    ready = got(office, "/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "faults": []})


def test_what_forbids_to_provide_makes_it_unready(office: Office, application: Application) -> None:
    key = application.workspace.root / "keys"
    key.rename(key.with_name("away"))
    try:
        ready = got(office, "/readyz")
        assert (ready.status_code, ready.json()) == (503, {"ready": False, "faults": ["ROW_KEYS_MISSING"]})
        assert got(office, "/healthz").status_code == 200
    finally:
        key.with_name("away").rename(key)


def test_metrics_are_for_a_key_that_may_and_name_nobody(office: Office, application: Application) -> None:
    intake = http_intake(application)
    assert got(office, "/metrics").status_code == 401
    other = {"Authorization": f"Bearer {intake.add_key('other', [KeyScope.EVENTS])}"}
    assert got(office, "/metrics", other).status_code == 403
    mine = {"Authorization": f"Bearer {intake.add_key('prometheus', [KeyScope.METRICS])}"}
    answer = got(office, "/metrics", mine)
    assert answer.status_code == 200
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    asked = {one.labels["client"]: one.value for one in families["kanmon_gate_asked"].samples}
    assert asked["AOBA"] > 0
    persons = office.road.rows("SELECT member_id, email FROM member UNION SELECT applicant_id, email FROM applicant")
    assert not any(name and name in answer.text for person in persons for name in person)


def test_requests_are_counted_and_logged_by_route_and_nothing_of_anybody_is_in_it(
    office: Office, application: Application, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What strangers write into paths, queries, headers and bodies, and what stands in the data."""
    monkeypatch.setenv("KANMON_LOG", "verbose")
    app = create_app(application)
    intake = http_intake(application)
    scopes = [KeyScope.METRICS, KeyScope.DECISIONS, KeyScope.EVENTS]
    key = {"Authorization": f"Bearer {intake.add_key('measured', scopes)}"}
    sent = {"Referer": f"{HOST}/{CANARY}", "User-Agent": CANARY, "X-Request-ID": CANARY, "Cookie": f"a={CANARY}"}
    question = {"client_id": "AOBA", "applicant_ids": [CANARY, *_applicants(application)], "use": "provide"}

    async def asked() -> list[Response]:
        async with (
            app.router.lifespan_context(app),
            AsyncClient(transport=ASGITransport(app=app), base_url=HOST) as program,
        ):
            answers = [
                await program.get(f"/me/{CANARY}", headers=sent),
                await program.get(f"/check?code={CANARY}", headers=sent),
                await program.get(f"/officer/models/{CANARY}", headers=sent),
                await program.get(f"/static/{CANARY}.css", headers=sent),
                await program.request(CANARY.upper(), "/healthz"),
                await program.post("/sign-in", data={"login": CANARY, "password": CANARY}, headers=sent),
                await program.post("/api/v1/events", json={"events": [{"member_id": CANARY}]}, headers=key),
                await program.post("/api/v1/decisions", json=question, headers=key),
            ]
            return [*answers, await program.get("/metrics", headers=key)]

    *answers, metrics = asyncio.run(asked())
    log = capsys.readouterr().err
    assert office.road("gate", "--json").json["counts"] == office.gate["counts"]  # the newest answers for other tests
    assert answers[-1].status_code == 200
    assert metrics.status_code == 200
    personal = application_rows(application)
    for written in (metrics.text, log):
        assert CANARY not in written.lower()
        assert not any(value in written for value in personal)
    families = {family.name: family for family in text_string_to_metric_families(metrics.text)}
    routes = {sample.labels["route"] for sample in families["kanmon_http_requests"].samples}
    known = {route.path for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)}
    assert routes <= known | {NO_ROUTE, "/static/…"}
    assert {"/officer/models/{model}", "/api/v1/decisions", NO_ROUTE, "/static/…"} <= routes
    reasons = {sample.labels["reason"] for sample in families["kanmon_gate_answers"].samples}
    assert reasons <= {"ALLOW", *ReasonCode}
    assert sum(s.value for s in families["kanmon_gate_answers"].samples if s.name.endswith("_total")) >= 1
    lines = [line for line in log.splitlines() if line.startswith("request ")]
    assert len(lines) == len(answers) + 1
    assert all(re.fullmatch(r"request method=\S+ route=\S+ status=\d+ ms=[\d.]+ id=[0-9a-f]{32}", one) for one in lines)
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert [line.rpartition("id=")[2] for line in lines[:-1]] == ids


def test_an_id_of_a_proxy_is_kept(office: Office) -> None:
    sent = {"X-Request-ID": "0123456789abcdef" * 2}
    assert got(office, "/healthz", sent).headers["x-request-id"] == sent["X-Request-ID"]


def test_metrics_are_gathered_apart_from_the_event_loop(office: Office, application: Application) -> None:
    """While a scrape asks the database, others are answered."""
    key = {"Authorization": f"Bearer {http_intake(application).add_key('loop', [KeyScope.METRICS])}"}
    began, waits = threading.Event(), threading.Event()

    def slow(_: Application) -> StateOfWork:
        began.set()
        assert waits.wait(30)
        raise UsageError("ended")

    async def asked() -> int:
        async with AsyncClient(transport=ASGITransport(app=office.app), base_url=HOST) as program:
            scrape = asyncio.create_task(program.get("/metrics", headers=key))
            await asyncio.get_running_loop().run_in_executor(None, began.wait, 30)
            alive = await asyncio.wait_for(program.get("/healthz"), 30)
            waits.set()
            await scrape
            return alive.status_code

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StateOfWork, "now", slow)
        assert asyncio.run(asked()) == 200


def application_rows(application: Application) -> set[str]:
    """Every name, member ID, address and score's evidence that stands in the data."""
    people = "SELECT member_id, family_name, given_name, email FROM member UNION ALL SELECT applicant_id, "
    with application.transactions.read() as work:
        rows = work.session.connection.execute(text(people + "family_name, given_name, email FROM applicant"))
        return {value for row in rows for value in row if value}


def _applicants(application: Application) -> list[str]:
    with application.transactions.begin() as work:
        work.session.act_for(ClientId("AOBA"))
        names = text("SELECT applicant_id FROM applicant WHERE client_id = 'AOBA' ORDER BY applicant_no DESC LIMIT 50")
        return list(work.session.connection.scalars(names))


def test_each_state_is_told_with_its_labels() -> None:
    client = ClientStatus(ClientId("AOBA"), SeasonId("2027"), None, False, None, 7, None, AT, 5, True)
    status = WorkspaceStatus([], [client], {AwaitedWork.HOLDS: 3}, 12, False, "18")
    answers = GateAnswers(ClientId("AOBA"), RunId("r"), Use.PROVIDE, AT, 9, 4, {ReasonCode.NO_CONSENT: 4})
    overview = Overview([], [answers], [], LedgerState(12, 10, AT))
    registry = CollectorRegistry()
    registry.register(StateOfService(status, overview, Machine("1", "3.11", 1000), 2, ["LEDGER_KEY_MISSING"]))
    told = text_string_to_metric_families(generate_latest(registry).decode())
    found = {(one.name, *sorted(one.labels.values())): one.value for family in told for one in family.samples}
    assert found["kanmon_waiting", "holds"] == 3
    assert found["kanmon_client_stopped", "AOBA"] == 1
    assert found["kanmon_provided_persons", "AOBA"] == 5
    assert found["kanmon_provided_timestamp_seconds", "AOBA"] == AT.timestamp()
    assert found["kanmon_ledger_signed_entries",] == 10
    assert found["kanmon_fault", "LEDGER_KEY_MISSING"] == 1
    assert found["kanmon_gate_denied", "AOBA", "DENY_NO_CONSENT", "provide"] == 4
