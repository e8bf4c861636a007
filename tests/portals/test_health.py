"""What is told of the service over HTTP: to anybody that it lives, to a key what it does, to nobody who is in it."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from httpx import ASGITransport, AsyncClient, Response
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry

from kanmon.access.key import KeyScope
from kanmon.application.application import Application
from kanmon.audits.overview.overview import GateAnswers, LedgerState, Overview
from kanmon.audits.overview.status import AwaitedWork, ClientStatus, WorkspaceStatus
from kanmon.audits.overview.use_cases.status import Machine
from kanmon.audits.overview.web.health import StateOfService
from kanmon.core.ids import ClientId, RunId, SeasonId
from kanmon.gate.decision import ReasonCode, Use
from kanmon.intake.use_cases.events import http_intake
from tests.portals.office import HOST, Office

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
