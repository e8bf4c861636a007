"""Every route as every role: a portal is there for its own role only, and what changes something can't be forged."""

from http.client import HTTPConnection
from itertools import product
from urllib.parse import urlencode, urlsplit

import pytest
from fastapi.routing import APIRoute

from kanmon.access.account import Role
from kanmon.gate.releases import ANSWERED_BY, Viewpoint
from kanmon.reviews.revisions.model import MOVES, Act
from kanmon.web.access import SESSION_COOKIE
from kanmon.web.app import PORTAL_ROUTERS
from tests.journey.portals.conftest import Served

ROLES = {
    "asked": ("/me",),
    "hr": ("/client",),
    "owner": ("/officer", "/review"),
    **dict.fromkeys(("author", "operator", "student_advocate", "legal"), ("/review",)),
}
"""Accounts, with the portals that are theirs."""
STAFF = {"owner": Role.PRIVACY_OWNER, **{name: Role(name) for name in list(ROLES)[3:]}}
ROUTES = [
    (method, route.path)
    for router in PORTAL_ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in route.methods or ()
]
STEPS = {f"/review/revisions/{{number}}/{act.value}": MOVES[act].roles for act in Act}
ANSWERS = {f"/review/releases/{{release}}/{point.value}": {Role(ANSWERED_BY[point].value)} for point in Viewpoint}
ONLY_FOR = {
    **STEPS,
    **ANSWERS,
    "/review/releases": frozenset({Role.AUTHOR}),
    "/review/releases/{release}/describe": frozenset({Role.AUTHOR}),
    "/review/releases/{release}/approve": frozenset({Role.PRIVACY_OWNER}),
    "/review/legal": frozenset({Role.LEGAL}),
    "/review/revisions": frozenset({Role.AUTHOR}),
    "/review/revisions/{number}/ask": frozenset({Role.PRIVACY_OWNER}),
    "/review/coverage": frozenset({Role.OPERATOR, Role.PRIVACY_OWNER}),
}
"""Within the reviewers' portal, who may do what changes something."""


def is_foreign(route: tuple[str, str], name: str) -> bool:
    method, path = route
    if not path.startswith(ROLES[name]):
        return True
    return method == "POST" and path in ONLY_FOR and STAFF[name] not in ONLY_FOR[path]


FOREIGN = [(route, name) for route, name in product(ROUTES, ROLES) if is_foreign(route, name)]
IDS = {
    "matter": "1",
    "step": "1",
    "evidence": "1",
    "seq": "1",
    "provision": "1",
    "name": "report.csv",
    "policy": "p",
    "old": "1",
    "new": "2",
    "job": "1",
    "number": "1",
    "release": "9",
    "request_no": "1",
    "score_no": "1",
    "client": "AOBA",
    "model": "AOBA-1",
    "reason": "DENY_NO_CONSENT",
    "size": "1",
    "run": "r",
    "incident": "I-2026-001",
    "act": "stop",
}
SCRIPT = '<script src="/static/passkey.js" defer></script>'
OURS = {"Sec-Fetch-Site": "same-origin"}
Form = dict[str, str] | list[tuple[str, str]]
REPORTS = "SELECT provision_id FROM provision WHERE client_id = :client"


def answer(
    served: Served, method: str, path: str, headers: dict[str, str], form: Form | None = None
) -> tuple[int, dict[str, str], str]:
    connection = HTTPConnection(urlsplit(served.url).netloc, timeout=60)
    body = None if form is None else urlencode(form)
    sent = {"Content-Type": "application/x-www-form-urlencoded", **headers} if body else headers
    connection.request(method, path, body, sent)
    response = connection.getresponse()
    said = response.read().decode()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, said


@pytest.fixture(scope="module")
def sessions(served: Served) -> dict[str, str]:
    """The cookie of each account."""
    found = {}
    for name in (*ROLES, "other-hr", "hoshino-hr"):
        form = {"name": name, "password": served.passwords[name]}
        status, headers, _ = answer(served, "POST", "/sign-in", OURS, form)
        assert status == 303
        assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(headers["set-cookie"].split("; "))
        found[name] = headers["set-cookie"].split(";")[0]
    return found


def acknowledged(served: Served, sessions: dict[str, str], own: str) -> None:
    """The delivery is open from here on; acknowledging it twice is acknowledging it once."""
    form = [("confirmed", part) for part in ("provider", "acquisition", "items")]
    cookie = {"Cookie": sessions["hr"], **OURS}
    assert answer(served, "POST", f"/client/reports/{own}/receipt", cookie, form)[0] == 303


def test_every_route_stands_in_a_portal() -> None:
    assert ROUTES
    assert all(any(path.startswith(portals) for portals in ROLES.values()) for _, path in ROUTES)


def test_every_change_in_the_reviewers_portal_is_for_some_of_them_only() -> None:
    assert {path for method, path in ROUTES if method == "POST" and path.startswith("/review")} <= ONLY_FOR.keys()


@pytest.mark.parametrize(("route", "name"), FOREIGN, ids=str)
def test_for_every_other_role_a_portal_is_not_there(
    served: Served, sessions: dict[str, str], route: tuple[str, str], name: str
) -> None:
    method, path = route
    status, _, _ = answer(served, method, path.format(**IDS), {"Cookie": sessions[name], **OURS})
    assert status == 404


@pytest.mark.parametrize("name", ROLES)
def test_a_portal_is_there_for_its_own_role(served: Served, sessions: dict[str, str], name: str) -> None:
    for portal in ROLES[name]:
        assert answer(served, "GET", portal, {"Cookie": sessions[name]})[0] == 200


@pytest.mark.parametrize("name", ["../../ledger.key", "..%2f..%2fledger.key", "REGISTRATION-ja-1.png"])
def test_only_pictures_that_a_run_took_are_there(served: Served, sessions: dict[str, str], name: str) -> None:
    for run in ("..", "%2e%2e", "no-such-run"):
        assert answer(served, "GET", f"/review/coverage/{run}/{name}", {"Cookie": sessions["owner"]})[0] == 404


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_nobody_gets_in_unsigned(served: Served, route: tuple[str, str]) -> None:
    method, path = route
    status, _, said = answer(served, method, path.format(**IDS), {**OURS, "Cookie": f"{SESSION_COOKIE}=guessed"})
    assert status == 401
    assert 'action="/sign-in"' in said


def test_another_clients_report_is_not_found(served: Served, sessions: dict[str, str]) -> None:
    [(own,)] = served.road.rows(REPORTS, client="AOBA")
    acknowledged(served, sessions, own)
    for path in (f"/client/reports/{own}", f"/client/reports/{own}/report.csv", f"/client/reports/{own}/use"):
        assert answer(served, "GET", path, {"Cookie": sessions["hr"]})[0] == 200
        refused = answer(served, "GET", path, {"Cookie": sessions["other-hr"]})
        unknown = answer(served, "GET", path.replace(own, "no-such-report"), {"Cookie": sessions["other-hr"]})
        assert refused[0] == unknown[0] == 404
        assert refused[2].replace(own, "") == unknown[2].replace("no-such-report", "")


def test_nothing_of_a_sealed_delivery_is_readable(served: Served, sessions: dict[str, str]) -> None:
    [(own,)] = served.road.rows(REPORTS, client="HOSHINO")
    cookie = {"Cookie": sessions["hoshino-hr"]}
    [report] = served.road.reports("HOSHINO")
    ids = [row.split(",")[0].strip('"') for row in (report / "report.csv").read_text("utf-8-sig").splitlines()[1:]]
    status, _, said = answer(served, "GET", f"/client/reports/{own}", cookie)
    assert status == 200
    assert not [name for name in ids if name in said]
    for name in ("report.csv", "report.xlsx", "report.pdf", "instructions.json", "use"):
        status, _, said = answer(served, "GET", f"/client/reports/{own}/{name}", cookie)
        assert status == 403
        assert not [name for name in ids if name in said]
    status, _, _ = answer(
        served, "POST", f"/client/reports/{own}/use", {**cookie, **OURS}, {"people": "1", "in_selection": "no"}
    )
    assert status == 403
    status, _, _ = answer(served, "POST", f"/client/reports/{own}/receipt", {**cookie, **OURS}, {"confirmed": "items"})
    assert status == 422
    foreign = {"Cookie": sessions["hr"], **OURS}
    assert answer(served, "POST", f"/client/reports/{own}/receipt", foreign, {"confirmed": "items"})[0] == 404
    assert answer(served, "GET", f"/client/reports/{own}/report.csv", cookie)[0] == 403


@pytest.mark.parametrize("name", ["../../../service.yaml", "..%2f..%2fledger.key", "report.txt"])
def test_only_a_reports_files_are_there(served: Served, sessions: dict[str, str], name: str) -> None:
    [(own,)] = served.road.rows(REPORTS, client="AOBA")
    acknowledged(served, sessions, own)
    assert answer(served, "GET", f"/client/reports/{own}/{name}", {"Cookie": sessions["hr"]})[0] == 404


def test_a_client_reads_its_report_and_the_read_is_noted(served: Served, sessions: dict[str, str]) -> None:
    [(own,)] = served.road.rows(REPORTS, client="AOBA")
    acknowledged(served, sessions, own)
    _, headers, said = answer(served, "GET", f"/client/reports/{own}/report.csv", {"Cookie": sessions["hr"]})
    [folder] = served.road.reports("AOBA")
    assert said == (folder / "report.csv").read_bytes().decode()
    assert "attachment" in headers["content-disposition"]
    assert ("report",) in served.road.rows("SELECT purpose FROM score_read WHERE subject = :own", own=own)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
    ],
    ids=str,
)
def test_a_forged_withdrawal_is_refused(served: Served, sessions: dict[str, str], headers: dict[str, str]) -> None:
    status, _, _ = answer(served, "POST", "/me/withdraw", {"Cookie": sessions["asked"], **headers}, {"client": "AOBA"})
    assert status == 403


def test_an_old_browser_that_names_our_origin_is_let_through(served: Served) -> None:
    status, _, _ = answer(served, "POST", "/language", {"Origin": served.url}, {"language": "en", "back": "/me"})
    assert status == 303


@pytest.mark.parametrize("back", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example"])
def test_nobody_is_sent_elsewhere(served: Served, back: str) -> None:
    _, headers, _ = answer(served, "POST", "/language", OURS, {"language": "en", "back": back})
    assert headers["location"] == "/"


def test_every_answer_forbids_foreign_content_and_caches(served: Served) -> None:
    for path in ("/", "/me", "/nowhere"):
        _, headers, said = answer(served, "GET", path, {})
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert headers["cache-control"] == "no-store"
        assert not any(mark in said.replace(SCRIPT, "") for mark in ("<script", "style=", " onclick"))


def test_a_session_ends_with_the_sign_out(served: Served) -> None:
    form = {"name": "owner", "password": served.passwords["owner"]}
    cookie = answer(served, "POST", "/sign-in", OURS, form)[1]["set-cookie"].split(";")[0]
    assert answer(served, "GET", "/officer", {"Cookie": cookie})[0] == 200
    assert answer(served, "POST", "/sign-out", {"Cookie": cookie, **OURS})[0] == 303
    assert answer(served, "GET", "/officer", {"Cookie": cookie})[0] == 401


def test_a_new_password_ends_every_session_and_too_many_wrong_ones_close_the_name(served: Served) -> None:
    made = served.road("account", "add", "changing", "--privacy-owner", "--json").json
    first = {"name": "changing", "password": made["password"]}
    cookie = answer(served, "POST", "/sign-in", OURS, first)[1]["set-cookie"].split(";")[0]
    change = {"old": made["password"], "new": "quite another one"}
    assert answer(served, "POST", "/account/password", {"Cookie": cookie, **OURS}, {**change, "new": "short"})[0] == 400
    assert answer(served, "POST", "/account/password", {"Cookie": cookie, **OURS}, {**change, "old": "wrong"})[0] == 401
    assert answer(served, "POST", "/account/password", {"Cookie": cookie, **OURS}, change)[0] == 303
    assert answer(served, "GET", "/officer", {"Cookie": cookie})[0] == 401
    statuses = [answer(served, "POST", "/sign-in", OURS, first)[0] for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    assert answer(served, "POST", "/sign-in", OURS, {**first, "password": "quite another one"})[0] == 429
