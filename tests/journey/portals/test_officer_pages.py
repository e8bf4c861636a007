"""The privacy owner's desks in a real browser: accessible, as wide as a phone, and one press closes the reports."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.journey.portals.conftest import Served, sign_in
from tests.journey.portals.patient import follow

DESKS = [
    "/officer", "/officer/gap", "/officer/policies", "/officer/provisions", "/officer/refusals",
    "/officer/refusals/DENY_NO_CONSENT", "/officer/what-if", "/officer/models", "/officer/models/AOBA-1",
    "/officer/stops", "/officer/stops/stop?scope=client:AOBA&because=x", "/officer/ledger",
    "/officer/incidents", "/officer/requests", "/officer/timers",
]  # fmt: skip
PHONE = 360
"""Pixels."""


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_desk_is_accessible_and_as_wide_as_a_phone(browser: Browser, served: Served, language: str) -> None:
    context = browser.new_context(viewport={"width": PHONE, "height": 740})
    context.add_cookies([{"name": "kanmon_language", "value": language, "url": served.url}])
    page = context.new_page()
    sign_in(page, served, "owner")
    page.goto(f"{served.url}/officer/provisions")
    provision = page.get_attribute("tbody th a", "href")
    assert provision
    for path in (*DESKS, provision):
        page.goto(served.url + path)
        assert page.get_attribute("html", "lang") == language
        check_page(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE, path
    context.close()


def check_page(page: Page) -> None:
    """No serious fault of the page for a screen reader."""
    violations = Axe().run(page).response["violations"]
    serious = [violation["id"] for violation in violations if violation["impact"] in ("serious", "critical")]
    assert not serious, (page.url, serious)


def test_three_presses_stop_what_a_client_reads_and_two_resume_it(page: Page, browser: Browser, served: Served) -> None:
    client = browser.new_context(locale="ja-JP").new_page()
    sign_in(client, served, "hr")
    sign_in(page, served, "owner")
    follow(page, "nav >> text=停止スイッチ")
    assert "停止しているものはありません" in page.inner_text("main")
    page.select_option("#scope", "client:AOBA")
    page.select_option("#consents", "stand")
    page.fill("#because", "利用の目的が異なる疑い")
    follow(page, "text=停止の内容を確認する")
    follow(page, "text=いま停止する")
    assert "停止しました" in page.inner_text("h1")
    follow(page, "text=停止中のものをすべて見る")
    assert "利用の目的が異なる疑い" in page.inner_text("section.told")
    client.reload()
    assert "提供は停止中です" in client.inner_text("main")
    page.fill("#resume-1", "確認が終わった")
    follow(page, "text=解除の内容を確認する")
    follow(page, "text=ownerとして解除する")
    assert "停止を解除しました" in page.inner_text("h1")
    client.reload()
    assert client.locator("a[href^='/client/reports/']").count()
    client.context.close()


def test_the_whole_ledger_is_checked_from_the_page(page: Page, served: Served) -> None:
    sign_in(page, served, "owner")
    page.goto(f"{served.url}/officer/ledger")
    follow(page, "text=台帳全体をいま検査する")
    assert re.search(r"異常はありません。[\d,]+件の記録", page.inner_text("[role=status]"))
