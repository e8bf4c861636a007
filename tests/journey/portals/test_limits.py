"""What is let through within a minute: by client address, by API key, for all server processes together."""

from collections.abc import Iterator

import httpx
import pytest

from kanmon.access.limits import Limit
from tests.journey.portals import patient
from tests.journey.portals.conftest import Served, serving

OURS = {"Sec-Fetch-Site": "same-origin"}
ALLOWED = 4
RECEIVED = "SELECT count(*) FROM received_event JOIN api_key USING (key_no) WHERE label = 'quick'"
EVENT = {"occurred_at": "2026-04-01T09:00:00+09:00", "kind": "view", "cookie_id": "c"}


@pytest.fixture(scope="module")
def strict(served: Served) -> Iterator[str]:
    """A second server process over the same workspace that lets little through."""
    limits = {limit.value: str(ALLOWED) for limit in Limit} | {Limit.API_EVENTS.value: "10"}
    with serving(served.road, {**served.settings, **limits}) as url:
        yield url


def tried(url: str, address: str, path: str = "/sign-in") -> httpx.Response:
    """An attempt to come in, from an address that a proxy on this machine names."""
    headers = {**OURS, "X-Forwarded-For": address}
    if path == "/sign-in/oidc":
        return patient.get(f"{url}{path}", headers=headers)
    return patient.post(f"{url}{path}", data={"name": address, "password": "wrong"}, headers=headers)


def stretched(served: Served) -> None:
    """Make the minutes that have begun last an hour: however slow the machine is, the next attempts fall into them."""
    served.road.change("UPDATE request_count SET ends_at = ends_at + interval '59 minutes'")


def test_attempts_are_counted_by_client_address_and_for_all_processes(served: Served, strict: str) -> None:
    assert tried(served.url, "203.0.113.7").status_code == 401
    stretched(served)
    for _ in range(ALLOWED - 2):
        assert tried(served.url, "203.0.113.7").status_code == 401
    assert tried(strict, "203.0.113.7").status_code == 401
    refused = tried(strict, "203.0.113.7")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 3600
    assert "1分間の上限を超えました" in refused.text
    assert tried(strict, "203.0.113.8").status_code == 401
    right = {"name": "owner", "password": served.passwords["owner"]}
    locked = patient.post(f"{strict}/sign-in", data=right, headers={**OURS, "X-Forwarded-For": "203.0.113.7"})
    assert locked.status_code == 429
    assert "set-cookie" not in locked.headers


def test_one_line_of_ipv6_is_one_client(served: Served, strict: str) -> None:
    assert tried(strict, "2001:db8:0:1::1").status_code == 401
    stretched(served)
    statuses = [tried(strict, f"2001:db8:0:1::1:{number}").status_code for number in range(ALLOWED)]
    assert statuses == [401] * (ALLOWED - 1) + [429]
    assert tried(strict, "2001:db8:0:2::1").status_code == 401


def test_logins_begun_at_the_provider_are_counted_too(served: Served, strict: str) -> None:
    assert tried(strict, "203.0.113.9", "/sign-in/oidc").status_code == 303
    stretched(served)
    statuses = [tried(strict, "203.0.113.9", "/sign-in/oidc").status_code for _ in range(ALLOWED)]
    assert statuses == [303] * (ALLOWED - 1) + [429]


def test_the_count_begins_anew_after_its_minute(served: Served, strict: str) -> None:
    for _ in range(ALLOWED + 1):
        tried(strict, "203.0.113.10")
        stretched(served)
    assert tried(strict, "203.0.113.10").status_code == 429
    served.road.change("UPDATE request_count SET ends_at = ends_at - interval '1 day'")
    assert tried(strict, "203.0.113.10").status_code == 401
    assert served.road.rows("SELECT count(*) FROM request_count") == [(1,)]


def test_requests_and_events_are_counted_by_key(served: Served, strict: str) -> None:
    keys = [served.road("key", "add", label, "--json").json["key"] for label in ("quick", "slow")]

    def sent(key: str, *names: str) -> httpx.Response:
        events = [{**EVENT, "event_id": name} for name in names]
        return patient.post(
            f"{strict}/api/v1/events", json={"events": events}, headers={"Authorization": f"Bearer {key}"}
        )

    assert sent(keys[0], *map(str, range(8))).json()["accepted"] == 8
    stretched(served)
    refused = sent(keys[0], *map(str, range(8, 11)))
    assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert 1 <= int(refused.headers["Retry-After"]) <= 3600
    assert served.road.rows(RECEIVED) == [(8,)]
    assert sent(keys[1]).status_code == 200
    stretched(served)
    statuses = [sent(keys[1]).status_code for _ in range(ALLOWED)]
    assert statuses == [200] * (ALLOWED - 1) + [429]
    state = patient.get(f"{strict}/api/v1/state", headers={"Authorization": f"Bearer {keys[1]}"})
    assert state.status_code == 429
    described = patient.get(f"{strict}/api/v1/openapi.json").json()["paths"]
    for path, method in (("/api/v1/events", "post"), ("/api/v1/state", "get")):
        assert "Retry-After" in described[path][method]["responses"]["429"]["headers"]


def test_questions_to_the_gate_are_counted_by_key(served: Served, strict: str) -> None:
    keys = [
        served.road("key", "add", label, "--may", "decisions", "--json").json["key"] for label in ("asking", "other")
    ]

    def asked(key: str) -> httpx.Response:
        question = {"client_id": "AOBA", "applicant_ids": ["nobody"], "use": "score"}
        return patient.post(f"{strict}/api/v1/decisions", json=question, headers={"Authorization": f"Bearer {key}"})

    assert asked(keys[0]).status_code == 200
    stretched(served)
    assert [asked(keys[0]).status_code for _ in range(ALLOWED)] == [200] * (ALLOWED - 1) + [429]
    assert asked(keys[1]).status_code == 200
    assert asked("no key of ours").status_code == 401
    described = patient.get(f"{strict}/api/v1/openapi.json").json()["paths"]["/api/v1/decisions"]["post"]
    assert "Retry-After" in described["responses"]["429"]["headers"]
