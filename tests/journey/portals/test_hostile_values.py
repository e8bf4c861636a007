"""No value that somebody sends makes the service fail: every route, with what no table can hold in each parameter."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from kanmon.application.application import stop_database
from kanmon.web.app import ROUTERS
from tests.journey.conftest import Ran
from tests.journey.portals import patient
from tests.journey.portals.conftest import SCORED, PatientRoad, serving

VALUES = ("\x00", "9" * 30, "-1", "a\x00b" * 99, "\U000e0001\u202e", "9999-12-31")
BODIES = (
    b'{"events": [{"event_id": "a\\u0000", "occurred_at": "2026-04-01T09:00Z", "kind": "v", "cookie_id": "\\u0000"}]}',
    b'{"events": [{"event_id": "\\ud800", "occurred_at": "9999-12-31T23:59Z", "kind": "v", "cookie_id": "\\udfff"}]}',
    b'{"screen_id": "\\u0000", "language": "ja", "member_id": "\\ud800"}',
    b'{"act_id": "\\u0000", "action": "withdraw", "member_id": "\\u0000", "screen_id": "\\ud800"}',
    b'{"act_id": "b", "action": "withdraw", "member_id": "\\ud800", "screen_id": "\\u0000"}',
    b'{"client_id": "\\u0000", "use": "score", "applicant_ids": ["\\u0000", "\\ud800"]}',
    b'{"applicant_id": "\\u0000", "stage": "\\ud800", "decision": "pass"}',
    b"[" * 100_000,
    b'{"a": ' + b"9" * 10_000 + b"}",
)  # fmt: skip
PORTALS = {"/me": "person", "/client": "hr", "/officer": "owner", "/review": "author"}
OURS = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Doors:
    """A service of its own, since some of what is sent here is done; the cookie of each account, and a key."""

    url: str
    cookies: Mapping[str, str]
    key: str


@pytest.fixture(scope="module")
def doors(ran: Ran, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    road = PatientRoad(ran.road.copy_to(tmp_path_factory.mktemp("hostile") / "workspace").root)
    [(member,)] = road.rows(SCORED, count=1)
    whose = {
        "person": ("--member", member),
        "hr": ("--client", "AOBA"),
        "owner": ("--privacy-owner",),
        "author": ("--role", "author"),
    }
    passwords = {name: road("account", "add", name, *how, "--json").json["password"] for name, how in whose.items()}
    key = road("key", "add", "board", "--may", "events,consents,decisions", "--json").json["key"]
    limits = dict.fromkeys(("KANMON_LIMIT_SIGN_IN", "KANMON_LIMIT_OIDC", "KANMON_LIMIT_API_REQUESTS"), "100000")
    with serving(road, limits, ("--no-worker",)) as url:
        cookies = {}
        for name, password in passwords.items():
            signed = patient.post(f"{url}/sign-in", data={"name": name, "password": password}, headers=OURS)
            cookies[name] = signed.headers["set-cookie"].split(";")[0]
        yield Doors(url, cookies, key)
    stop_database(road.root)


def sent() -> Iterator[tuple[str, APIRoute, list[str], list[str]]]:
    """Each method and route with the names of its query's and its form's parameters."""
    for route in (route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)):
        parts = list(parts_of(route.dependant))
        fields: list[str] = []
        for field in (field for part in parts for field in part.body_params):
            model = field.field_info.annotation
            if isinstance(model, type) and issubclass(model, BaseModel):
                fields += list(model.model_fields)
            else:
                fields.append(field.alias)
        for method in route.methods or ():
            yield method, route, [field.alias for part in parts for field in part.query_params], fields


def parts_of(dependant: Dependant) -> Iterator[Dependant]:
    """A route and everything it depends on, each with its own parameters."""
    yield dependant
    for part in dependant.dependencies:
        yield from parts_of(part)


def test_no_value_makes_a_page_fail(doors: Doors) -> None:
    failed, count = [], 0
    with httpx.Client(base_url=doors.url, timeout=120) as client:
        for method, route, query, fields in sent():
            names = route.param_convertors
            if route.path in ("/sign-out",) or not (names or query or fields):
                continue
            role = next((name for portal, name in PORTALS.items() if route.path.startswith(portal)), None)
            headers = {**OURS, **({"Cookie": doors.cookies[role]} if role else {})}
            for value in VALUES:
                path = route.path.format(**dict.fromkeys(names, quote(value, safe="")))
                answered = client.request(
                    method, path, params=dict.fromkeys(query, value), headers=headers,
                    data=dict.fromkeys(fields, value) if method == "POST" else None,
                )  # fmt: skip
                count += 1
                if answered.status_code >= 500:
                    failed.append((answered.status_code, method, path[:80]))
    assert failed == []
    assert count > 300


@pytest.mark.parametrize("path", ["events", "consent-texts", "consents", "decisions", "client-decisions"])
def test_no_body_makes_the_api_fail(doors: Doors, path: str) -> None:
    headers = {"Authorization": f"Bearer {doors.key}", "Content-Type": "application/json"}
    answers = [patient.post(f"{doors.url}/api/v1/{path}", content=body, headers=headers).status_code for body in BODIES]
    assert [status for status in answers if status >= 500] == []


def test_a_key_that_no_table_can_hold_is_refused(doors: Doors) -> None:
    for key in (b"\x00".hex(), "9" * 5000):
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        assert patient.post(f"{doors.url}/api/v1/events", content=b"{}", headers=headers).status_code in (400, 401, 431)
