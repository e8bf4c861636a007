"""The demo board in a real Chromium, as a visitor uses it: what is agreed there opens the gate."""

import asyncio
import csv
import html
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import yaml
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, BrowserContext, Page

from kanmon.application.application import Application, stop_database
from kanmon.board.web import VISITOR_COOKIE
from kanmon.cli.progress import LineProgress
from kanmon.consent.policy import text_sha256
from kanmon.web.app import ROUTERS, create_app
from kanmon_stories.season_plan import FUNCTIONS
from tests.journey.command import Road, kanmon
from tests.journey.portals import patient
from tests.journey.portals.conftest import wait_for
from tests.journey.portals.patient import follow

DONE = "[data-function-done]"
PHONE = 390
ACTS = """
    SELECT a.action, t.text_sha256, a.screen_id, a.refusable, w.shown_sha256
    FROM consent_act a JOIN displayed_text t USING (text_no) JOIN member m USING (member_no)
    JOIN consent_answer w USING (consent_no)
    WHERE m.member_id = :member ORDER BY a.occurred_at
"""
EVENTS = """
    SELECT event ->> 'kind', event ->> 'target' FROM received_event
    WHERE event ->> 'member_id' = :member AND event ->> 'kind' <> 'view'
"""


class Board:
    """The board as it is served, and the workspace behind it."""

    def __init__(self, road: Road, season: Path, url: str) -> None:
        self.road = road
        self.folder = season
        self.url = url
        [found] = road.rows("SELECT season_id FROM season ORDER BY opens_at DESC LIMIT 1")
        self.season = str(found[0])

    def address(self, screen: str) -> str:
        return f"{self.url}/board/{self.season}/{screen}"

    def words(self, language: str) -> str:
        return (self.folder / "policies" / f"privacy-2.0.{language}.txt").read_text(encoding="utf-8")

    def told_by_gate(self, member: str) -> tuple[str, list[str]]:
        """What the gate answers when this member is an applicant of AOBA."""
        columns = ["client_id", "applicant_id", "season", "applied_at", "as_of", "member_id"]
        with (self.folder / "applicants.csv").open(encoding="utf-8") as file:
            example = next(
                row for row in csv.DictReader(file) if (row["client_id"], row["season"]) == ("AOBA", self.season)
            )
        row = {**{name: example[name] for name in columns}, "applicant_id": f"of {member}", "member_id": member}
        folder = self.folder.with_name(f"applies-{member}")
        shutil.copytree(self.folder, folder)
        with (folder / "applicants.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerow(row)
        assert self.road("load", folder).status == 0
        rows = self.road("gate", "--client", "AOBA", "--json").json["rows"]
        [found] = [one for one in rows if one["applicant_id"] == f"of {member}"]
        return found["decision"], found["reasons"]


@pytest.fixture(scope="module")
def board(loaded: Road, season: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    folder = tmp_path_factory.mktemp("demo board")
    road = loaded.copy_to(folder / "workspace")
    copied = shutil.copytree(season, folder / "season")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = ["serve", "--no-worker", "--port", str(port), "--workspace", str(road.root)]
    command = [sys.executable, "-m", "kanmon", *served]
    environment = {name: value for name, value in os.environ.items() if name != "KANMON_DATABASE_URL"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(url, process)
            yield Board(road, copied, url)
        finally:
            process.terminate()


@pytest.fixture(params=["ja", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def visitor(browser: Browser, language: str, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """Somebody who was never there, on a phone."""
    context = browser.new_context(
        locale={"ja": "ja-JP", "en": "en"}[language],
        java_script_enabled=request.param,
        viewport={"width": PHONE, "height": 800},
    )
    yield context
    context.close()


def use(page: Page, board: Board, screen: str, answer: str) -> str:
    """Use a function with an answer; the page that follows, in words."""
    page.goto(board.address(screen))
    fill_in(page)
    follow(page, f"button[name=consent][value={answer}]")
    page.wait_for_selector(DONE)
    return page.inner_text("main")


def fill_in(page: Page) -> None:
    for field, words in (("family_name", "試験"), ("given_name", "花子"), ("email", "hanako@example.com")):
        if page.locator(f"#{field}").count():
            page.fill(f"#{field}", words)
    if page.locator("#company").count():
        page.select_option("#company", "AOBA")
    if page.locator("[name=choice]").count():
        page.locator("[name=choice]").first.check()


def member_on(page: Page, board: Board) -> str:
    page.goto(f"{board.url}/board")
    words = page.inner_text("main")
    return next(word for word in words.replace("：", " ").split() if word.startswith(f"B{board.season}-"))


def test_every_function_works_for_those_who_agree_and_those_who_refuse(
    visitor: BrowserContext, board: Board, language: str, request: pytest.FixtureRequest
) -> None:
    """EMP-02, AC-21: five functions, each once agreeing and once refusing; the record holds what was shown."""
    has_script = "no script" not in request.node.name
    right = text_sha256(board.words(language))
    page = visitor.new_page()
    for answer in ("refuse", "accept"):
        for screen in FUNCTIONS:
            use(page, board, screen, answer)
            assert not has_script or page.evaluate("document.documentElement.scrollWidth") <= PHONE
    member = member_on(page, board)
    assert board.road.rows(ACTS, member=member) == [
        (answer, right, f"{screen}-{board.season}", True, right if has_script else None)
        for answer in ("refuse", "accept")
        for screen in FUNCTIONS
    ]
    told = board.road.rows(EVENTS, member=member)
    assert sorted(kind for kind, _ in told) == sorted([*FUNCTIONS.values()] * 2)
    assert {target for kind, target in told if kind in ("pre_entry", "briefing_booking")} == {"AOBA"}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(("answer", "told"), [("accept", ("allow", [])), ("refuse", ("deny", ["DENY_NO_CONSENT"]))])
def test_the_gate_opens_for_whoever_agreed_on_the_board_and_for_nobody_who_refused(
    page: Page, board: Board, answer: str, told: tuple[str, list[str]]
) -> None:
    use(page, board, "registration", "refuse")
    use(page, board, "pre_entry", answer)
    member = member_on(page, board)
    assert board.told_by_gate(member) == told
    if answer == "accept":
        follow(page, "button[name=season]")
        page.wait_for_selector("[role=status]")
        rows = board.road("gate", "--client", "AOBA", "--json").json["rows"]
        [found] = [one for one in rows if one["applicant_id"] == f"of {member}"]
        assert found["decision"] == "deny"
        assert "DENY_CONSENT_WITHDRAWN" in found["reasons"]


def test_enter_in_a_field_never_agrees(page: Page, board: Board) -> None:
    page.goto(board.address("registration"))
    fill_in(page)
    page.press("#email", "Enter")
    page.wait_for_selector(DONE)
    [found] = board.road.rows(ACTS, member=member_on(page, board))
    assert found[0] == "refuse"


@pytest.mark.parametrize(
    ("tampering", "code", "words"),
    [
        ("document.querySelector('[data-clause]').remove()", "OTHER_WORDS_SHOWN", "other words than those in force"),
        ("document.querySelector('[data-clause]').hidden = true", "OTHER_WORDS_SHOWN", "other words"),
        ("document.querySelector('[name=kanmon_token]').value = 'forged'", "TOKEN_UNKNOWN", "nothing proves"),
        ("document.querySelector('[name=kanmon_token]').remove()", "TOKEN_UNKNOWN", "nothing proves"),
    ],
)
def test_a_faulty_page_agrees_to_nothing_and_costs_nothing(
    page: Page, board: Board, tampering: str, code: str, words: str
) -> None:
    page.goto(board.address("pre_entry"))
    fill_in(page)
    page.evaluate(tampering)
    follow(page, "button[value=accept]")
    page.wait_for_selector(DONE)
    said = page.inner_text("[role=alert]")
    assert words in said
    member = member_on(page, board)
    assert board.road.rows(ACTS, member=member) == []
    kept = "SELECT refusal FROM consent_answer WHERE member_id = :member"
    assert board.road.rows(kept, member=member) == [(code,)]


def test_the_same_page_answered_twice_agrees_once(page: Page, board: Board) -> None:
    use(page, board, "web_test", "accept")
    page.reload()
    page.wait_for_selector(DONE)
    assert len(board.road.rows(ACTS, member=member_on(page, board))) == 1


def test_whoever_goes_back_and_refuses_has_refused(board: Board) -> None:
    address = board.address("web_test")
    with httpx.Client(headers={"Sec-Fetch-Site": "same-origin"}, timeout=patient.SECONDS) as browser:
        form = browser.get(address)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form.text))
        cookie = {"Cookie": form.headers["set-cookie"].split(";")[0]}
        person = {"family_name": "試験", "given_name": "太郎", "email": "taro@example.com", "choice": "11"}
        for answer in ("accept", "accept", "refuse"):
            done = browser.post(address, data={**hidden, **person, "consent": answer}, headers=cookie)
            assert done.status_code == 200
    found = re.search(rf"B{board.season}-\w+", browser_front(board, cookie))
    assert found is not None
    assert [act[0] for act in board.road.rows(ACTS, member=found[0])] == ["accept", "refuse"]


def browser_front(board: Board, cookie: dict[str, str]) -> str:
    return httpx.get(f"{board.url}/board", headers=cookie, timeout=patient.SECONDS).text


def test_pages_that_are_looked_at_become_events_of_the_browser_and_then_of_the_member(page: Page, board: Board) -> None:
    page.goto(f"{board.url}/board/{board.season}/companies/AOBA")
    wait_until_acknowledged(page)
    use(page, board, "registration", "refuse")
    wait_until_acknowledged(page)
    member = member_on(page, board)
    query = "SELECT event ->> 'target', event ->> 'member_id' FROM received_event WHERE event ->> 'cookie_id' = ({})"
    cookie = "SELECT event ->> 'cookie_id' FROM received_event WHERE event ->> 'member_id' = :member LIMIT 1"
    told = board.road.rows(query.format(cookie), member=member)
    assert ("AOBA", None) in told
    assert (None, member) in told
    secret = next(one for one in page.context.cookies() if one["name"] == VISITOR_COOKIE)
    assert (secret["httpOnly"], secret["secure"], secret["sameSite"]) == (True, True, "Lax")


def wait_until_acknowledged(page: Page) -> None:
    """Until the browser keeps no event any more; asked from outside, since the page's policy forbids it to evaluate."""
    while page.evaluate("Object.keys(localStorage).length"):
        page.wait_for_timeout(100)


def test_a_board_without_any_screen_in_use_says_so(tmp_path: Path) -> None:
    assert kanmon("init", tmp_path / "empty").status == 0
    try:
        with Application.open(tmp_path / "empty", None, LineProgress(), alone=False) as application:
            transport = httpx.ASGITransport(app=create_app(application))

            async def ask(path: str) -> httpx.Response:
                async with httpx.AsyncClient(transport=transport, base_url="https://board.example") as client:
                    return await client.get(path)

            with ThreadPoolExecutor(1) as beside_the_browsers_loop:
                front, screen = beside_the_browsers_loop.map(
                    lambda path: asyncio.run(ask(path)), ("/board", "/board/2027/registration")
                )
            assert front.status_code == 200
            assert "登録済みで使用中の画面がありません" in front.text
            assert screen.status_code == 404
    finally:
        stop_database(tmp_path / "empty")


def test_a_page_that_is_no_registered_screen_is_not_there(page: Page, board: Board) -> None:
    for path in ("/board/2027/landing", f"/board/{board.season}/companies/NOBODY", "/board/1999/registration"):
        answer = page.goto(board.url + path)
        assert answer is not None
        assert answer.status == 404


def concrete(path: str, **given: str) -> str:
    """A route's path with its parameters filled in."""
    return re.sub(r"{(\w+)[^}]*}", lambda found: given.get(found[1], "1"), path)


def test_every_route_that_asks_for_consent_is_a_registered_screen_with_the_words_in_force(board: Board) -> None:
    """The house's rule, over every route there is; tests/house/test_consent_routes.py says why no other can ask."""
    registered = {path for (path,) in board.road.rows("SELECT url FROM screen WHERE shown_to > now()")}
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    paths = {
        concrete(route.path, season=board.season, name=name)
        for route in routes
        if "GET" in (route.methods or ())
        for name in [*FUNCTIONS, "landing"]
    }
    asking = set()
    for path in paths:
        page = httpx.get(board.url + path, headers={"Accept-Language": "ja"}, timeout=patient.SECONDS).text
        if "data-consent" in page or "data-policy-id" in page:
            policy = re.search(r"<section[^>]*data-policy-id[^>]*>(.*?)</section>", page, re.DOTALL)
            assert policy is not None
            words = html.unescape(re.sub(r"<[^>]*>", " ", policy[1]))
            assert text_sha256(words) == text_sha256(board.words("ja"))
            asking.add(path)
    assert asking == registered


def test_the_crawler_finds_the_board_clean(board: Board) -> None:
    found = audited(board)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "5 of 5 screens show just the words in force (100 %)" in found.stdout
    assert "examined" not in found.stdout, "each function works for those who refuse"


def test_the_crawler_finds_a_registered_screen_that_the_board_does_not_show(board: Board, tmp_path: Path) -> None:
    folder = shutil.copytree(board.folder, tmp_path / "season")
    service = yaml.safe_load((folder / "service.yaml").read_text(encoding="utf-8"))
    url = f"/board/{board.season}/scout"
    service["screens"].append({**service["screens"][-1], "id": "scout", "function": "scout", "url": url})
    (folder / "service.yaml").write_text(yaml.safe_dump(service, allow_unicode=True), encoding="utf-8")
    assert board.road("load", folder).status == 0
    found = audited(board, "--screen", "scout")
    assert found.returncode == 4
    assert "scout (ja): can't be reached" in found.stdout


def audited(board: Board, *chosen: str) -> "subprocess.CompletedProcess[str]":
    """The crawler in a process of its own: a browser needs a thread without a loop."""
    command = [sys.executable, "-m", "kanmon", "audit", "coverage", "--base", board.url, *chosen]
    return subprocess.run(
        [*command, "--workspace", str(board.road.root)],
        capture_output=True,
        text=True,
        env={**os.environ, "KANMON_LANG": "en"},
        check=False,
    )
