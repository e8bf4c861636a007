"""A revision from draft to active in the reviewers' portal, in a real browser, with one screen forgotten and found."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from kanmon.application.application import stop_database
from kanmon.consent.policy import text_sha256
from tests.journey.command import Road
from tests.journey.portals.conftest import serving
from tests.journey.portals.patient import follow
from tests.portals.board import DemoBoard, served
from tests.portals.revised_season import (
    DRAFTED_AT,
    HOUR,
    MEMBERS,
    PERSONS,
    REVISED_AT,
    SCREENS,
    TEXTS,
    click,
    drafted,
    held,
    prepare,
    shown,
    written,
)

FORGOTTEN = "/registration"
LOOK = "/review/coverage"
JOBS = "SELECT state FROM job WHERE kind <> 'recall' ORDER BY job_no"
ANSWERS = {"purpose": "提供先を一社加える", "scope": "会員登録を含む全画面", "content": "提供先の名"}


@dataclass(frozen=True)
class Office:
    """A workspace with accounts, and the board that it looks at."""

    road: Road
    passwords: dict[str, str]
    board: DemoBoard
    browser: Browser
    pages: dict[str, Page] = field(default_factory=dict)
    """One for each account, signed in: a session outlives a restart of the service."""

    def new_page(self, *, has_script: bool, like: Page | None = None) -> Page:
        """A page as wide as a phone, with the cookies of another."""
        context = self.browser.new_context(
            locale="ja-JP",
            java_script_enabled=has_script,
            viewport={"width": 360, "height": 800},
            storage_state=None if like is None else like.context.storage_state(),
        )
        return context.new_page()

    @contextmanager
    def open_at(self, at: datetime, *options: str) -> Iterator["Day"]:
        """The service as of a moment."""
        settings = {"KANMON_BOARD_ORIGINS": self.board.base}
        with serving(self.road, settings, ("--at", at.isoformat(), *options)) as url:
            yield Day(self, url)

    def work_at(self, at: datetime) -> None:
        """A worker that does what waits; in a process of its own: its browser needs a thread without a loop."""
        command = [sys.executable, "-m", "kanmon", "worker", "--until-empty", "--at", at.isoformat()]
        settings = {**os.environ, "KANMON_BOARD_ORIGINS": self.board.base}
        subprocess.run([*command, "--workspace", self.road.root], check=True, env=settings)


@dataclass(frozen=True)
class Day:
    office: Office
    url: str

    def page(self, name: str, path: str = "/review/revisions/1") -> Page:
        """The page of an account at a path of the portal."""
        pages = self.office.pages
        if name not in pages:
            pages[name] = page = self.office.new_page(has_script=False)
            page.goto(self.url)
            page.fill("#name", name)
            page.fill("#password", self.office.passwords[name])
            follow(page, "main button")
        pages[name].goto(f"{self.url}{path}")
        return pages[name]

    def step(self, name: str, button: str, state: str, answers: Mapping[str, str] | None = None) -> None:
        page = self.page(name)
        for question, words in (answers or {}).items():
            page.fill(f"#answer-{question}", words)
        follow(page, f"button:has-text('{button}')")
        assert state in page.inner_text("[role=status]"), page.inner_text("main")


@pytest.fixture
def office(browser: Browser, tmp_path: Path) -> Iterator[Office]:
    road, passwords = prepare(tmp_path)
    with served() as board:
        board.screens = SCREENS
        for screen in SCREENS:
            board.pages[f"/{screen.lower()}"] = lambda asked: shown(TEXTS["4"])
        yield Office(road, passwords, board, browser)
    stop_database(road.root)


def test_one_screen_is_forgotten_and_found(office: Office, tmp_path: Path) -> None:
    with office.open_at(DRAFTED_AT, "--no-worker") as day:
        review(day)
    office.board.pages[FORGOTTEN] = lambda asked: shown(TEXTS["3"])
    with office.open_at(REVISED_AT + HOUR) as day:
        day.step("operator", "画面への反映を始める", "DEPLOYING")
        refuse_activation(day)
    office.board.pages[FORGOTTEN] = lambda asked: shown(TEXTS["4"])
    with office.open_at(REVISED_AT + 2 * HOUR) as day:
        look(day, "owner")
        day.step("owner", "この版を有効にする", "新しい文面が有効になりました")
        assert told_of_held(day) == (f"{PERSONS:,}", f"{PERSONS:,}人")
    click(office.road, tmp_path / "clicks", MEMBERS[:50], REVISED_AT + 3 * HOUR)
    assert held(office.road, REVISED_AT + 4 * HOUR) == {"C1": 0, "C2": 0, "C3CO": PERSONS - 50}
    office.board.pages["/web_test"] = lambda asked: shown(TEXTS["3"])
    later = REVISED_AT + 5 * HOUR
    with office.open_at(later, "--no-worker") as day:
        ask_at_once(day)
        office.work_at(later)
        assert office.road.rows(JOBS)[2:] == [("done",)]
        drift(day)
        ask_without_origin(day, later)


def review(day: Day) -> None:
    """By the pages, from nothing to SCHEDULED."""
    page = day.page("author", "/review")
    page.fill("#written", "id: 4")
    follow(page, "button:has-text('下書きを保存する')")
    assert "policies[0].versions[0]" in page.inner_text("[role=alert]")
    page.fill("#written", written(drafted()))
    follow(page, "button:has-text('下書きを保存する')")
    assert "DRAFT" in page.inner_text("[role=status]")
    day.step("author", "引用の確認を完了する", "MODELLED")
    day.step("legal", "施行中の法令に照らして文面を点検する", "CHECKED")
    day.step("author", "影響を受ける画面と人を算出する", "IMPACT_SET")
    page = day.page("owner")
    assert page.locator("section[aria-labelledby=impact] tbody tr").all_inner_texts() == [
        "C1\t1,000\t1,000\t0\t0", "C2\t1,000\t1,000\t0\t0", "C3CO\t0\t0\t0\t1,000",
    ]  # fmt: skip
    assert page.locator("mark").count() > 20
    for question, words in ANSWERS.items():
        page.fill(f"#answer-{question}", "" if question == "scope" else words)
    follow(page, "button:has-text('回答して承認する')")
    alert = page.inner_text("[role=alert]")
    for code in (
        "[ANSWER_EMPTY] 回答のない問いがあります：対象とすべき範囲",
        "OPERATOR_MISSING",
        "ADVOCATE_MISSING",
    ):
        assert code in alert
    assert page.input_value("#answer-purpose") == ANSWERS["purpose"]
    for name, code in (("second-hat", "TWO_PERSON_RULE"), ("operator", "")):
        page = day.page(name)
        page.check("#reflected")
        follow(page, "button:has-text('確認する')")
        assert code in (page.inner_text("[role=alert]") if code else "")
    tasks = day.page("owner").locator("ol.due li")
    assert tasks.count() == 10
    assert "完了" in tasks.nth(4).inner_text()
    assert "まだ始められない" in tasks.nth(6).inner_text()
    page = day.page("advocate")
    assert page.locator("ol.due a").all_inner_texts() == ["学生の立場からの意見を記録する"]
    page.fill("#advise-reason", "分かりやすい文面です")
    follow(page, "button:has-text('学生の立場からの意見を記録する')")
    day.step("owner", "回答して承認する", "REVIEWED", ANSWERS)
    day.step("owner", "に効力を生じさせる", "SCHEDULED")
    page = day.page("legal")
    assert "年度途中の改定です" in page.inner_text("main")
    assert not page.locator("#yours").count()


def look(day: Day, name: str) -> None:
    page = day.page(name, LOOK)
    press(page, day.office.board.base)
    for _ in range(1200):
        if not page.locator("text=進み具合を見る").count():
            break
        page.wait_for_timeout(1_000)
        follow(page, "text=進み具合を見る")
    assert "完了しました" in page.inner_text("main")


def press(page: Page, base: str) -> None:
    page.fill("#base", base)
    follow(page, "button:has-text('全画面の確認を始める')")


def ask_at_once(day: Day) -> None:
    first = day.page("owner", LOOK)
    for page in (first, day.page("operator", LOOK)):
        press(page, day.office.board.base)
        assert "順番を待っています" in page.inner_text("main")
        assert not page.locator("#base").count()
    assert day.office.road.rows(JOBS)[2:] == [("waiting",)]
    is_accessible(day, LOOK)


def ask_without_origin(day: Day, at: datetime) -> None:
    page = day.page("operator", LOOK)
    assert "完了しました" in page.inner_text("main")
    press(page, "")
    day.office.work_at(at)
    follow(page, "text=進み具合を見る")
    assert "失敗しました" in page.inner_text("main")
    assert "--base" in page.inner_text("p.answer + .told")


def refuse_activation(day: Day) -> None:
    look(day, "operator")
    page = day.page("owner")
    assert "2画面のうち1画面が新しい文面を表示しています" in page.inner_text("main")
    forgotten = page.locator("section.card", has_text="REGISTRATION (ja)").last
    assert "提供先" in forgotten.locator("del").first.inner_text()
    address = forgotten.locator("a").first.get_attribute("href")
    assert page.request.get(f"{day.url}{address}").body().startswith(b"\x89PNG")
    follow(page, "button:has-text('この版を有効にする')")
    alert = page.inner_text("[role=alert]")
    assert f"REGISTRATION（ja）：あるべき文面は{text_sha256(TEXTS['4'])}" in alert
    assert f"見つかった文面は{text_sha256(TEXTS['3'])}" in alert
    assert "WEB_TEST" not in alert
    assert "DEPLOYING" in page.inner_text("[role=status]")
    for path in ("/review", "/review/revisions/1", "/review/coverage"):
        is_accessible(day, path)


def told_of_held(day: Day) -> tuple[str, str]:
    page = day.page("owner", "/review/revisions/1/held")
    counted = page.inner_text("tr:has-text('C3CO') td")
    assert page.inner_text("tr:has-text('C1') td") == "0"
    said = page.inner_text(".answer")
    return counted, said.removeprefix("改めて同意をお願いする人の一覧に").removesuffix("が載っています")


def drift(day: Day) -> None:
    page = day.page("author", "/review")
    assert "SCREEN_DRIFT 画面WEB_TEST" in page.inner_text(".told")
    page = day.page("author", "/review/coverage")
    [row] = page.locator("section[aria-labelledby=assessments] tbody tr").all_inner_texts()
    assert row.split("\t")[0] == "WEB_TEST"
    assert row.split("\t")[3] == "25"


def is_accessible(day: Day, path: str) -> None:
    page = day.office.new_page(has_script=True, like=day.page("operator"))
    page.goto(f"{day.url}{path}")
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.context.close()
