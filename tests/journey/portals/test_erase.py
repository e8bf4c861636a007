"""Erasing oneself in a real browser, and what the recipient sees and certifies of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.journey.command import csv_rows, kanmon
from tests.journey.portals.conftest import Served, sign_in
from tests.journey.portals.patient import follow

LEAVERS = """
    SELECT DISTINCT m.member_id, a.applicant_id, a.position FROM provision_record r
    JOIN member m USING (member_no) JOIN applicant a USING (client_id, applicant_no)
    WHERE r.client_id = 'AOBA' ORDER BY a.position DESC LIMIT 3
"""


@pytest.fixture(scope="module")
def leavers(served: Served) -> dict[str, str]:
    """Three people with accounts who were provided to AOBA, and what AOBA calls them."""
    found = {}
    for number, (member, applicant, _) in enumerate(served.road.rows(LEAVERS)):
        name = f"leaver-{number}"
        served.passwords[name] = served.road("account", "add", name, "--member", member, "--json").json["password"]
        found[name] = applicant
    return found


@pytest.fixture
def own_page(browser: Browser) -> Iterator[Page]:
    """A page on a phone, without script."""
    context = browser.new_context(locale="ja-JP", java_script_enabled=False, viewport={"width": 360, "height": 800})
    yield context.new_page()
    context.close()


def test_two_presses_erase_a_person_who_keeps_a_receipt(
    own_page: Page, served: Served, leavers: dict[str, str], tmp_path: Path
) -> None:
    sign_in(own_page, served, "leaver-0")
    follow(own_page, "text=私のデータをすべて消去する")
    said = own_page.inner_text("main")
    assert "元には戻せません" in said
    assert "株式会社青葉電機：20" in said
    follow(own_page, "main form button")
    assert "消去しました" in own_page.inner_text("[role=status]")
    with own_page.expect_download() as download:
        own_page.click("text=消去の受領証")
    receipt = tmp_path / "receipt.json"
    download.value.save_as(receipt)
    assert kanmon("verify", receipt, "--json").json["entry"]["type"] == "erasure_done"
    found = re.search(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){6}", own_page.inner_text("#check-code"))
    assert found is not None
    own_page.reload()
    assert own_page.query_selector("#check-code") is None
    own_page.goto(f"{served.url}/check")
    own_page.fill("#code", found[0])
    follow(own_page, "section[aria-labelledby=with-code] button")
    assert "株式会社青葉電機" in own_page.inner_text("main table")
    own_page.goto(f"{served.url}/me")
    assert own_page.query_selector("#password") is not None
    sign_in(own_page, served, "leaver-0")
    assert own_page.inner_text("[role=alert]") == "名前またはパスワードが違います"
    report = served.road.reports("AOBA")[0]
    [row] = [row for row in csv_rows(report) if row[0] == leavers["leaver-0"]]
    assert row[1:] == ["スコアなし", ""]


def test_a_recipient_certifies_and_the_person_sees_it(
    browser: Browser, served: Served, leavers: dict[str, str]
) -> None:
    person, company, other = (browser.new_context(locale="ja-JP").new_page() for _ in range(3))
    sign_in(person, served, "leaver-1")
    follow(person, "text=私のデータをすべて消去する")
    is_accessible(person)
    follow(person, "main form button")
    is_accessible(person)
    assert "株式会社青葉電機" in person.inner_text("dl")

    sign_in(company, served, "hr")
    follow(company, "text=消去の依頼")
    asked = company.locator("section", has_text=leavers["leaver-1"])
    number = asked.locator("form").get_attribute("action")
    assert number is not None
    sign_in(other, served, "other-hr")
    assert other.request.post(served.url + number, headers={"Sec-Fetch-Site": "same-origin"}).status == 404
    is_accessible(company)
    asked.locator("input").fill("下請株式会社")
    follow(company, asked.locator("button"))
    assert "下請株式会社" in company.locator("section", has_text=leavers["leaver-1"]).inner_text()
    is_accessible(company)

    person.reload()
    assert "受け取ったものを消去したと証明しました" in person.inner_text("dl")
    assert served.road("audit", "ledger", "--json").json["findings"] == []
    for page in (person, company, other):
        page.context.close()


def test_a_withdrawal_asks_the_recipient_without_the_reason_and_everybody_sees_how_it_stands(
    browser: Browser, served: Served, leavers: dict[str, str]
) -> None:
    person, company, owner = (browser.new_context(locale="ja-JP").new_page() for _ in range(3))
    sign_in(person, served, "leaver-2")
    follow(person, "form[action='/me/withdraw'] button[value=AOBA]")
    assert "消去を依頼済み" in person.inner_text("section.card:has(button[value=AOBA])")
    is_accessible(person)

    sign_in(company, served, "hr")
    follow(company, "text=消去の依頼")
    asked = company.locator("section", has_text=leavers["leaver-2"])
    assert "依頼の理由はお伝えしません" in company.inner_text("main")
    assert "撤回" not in company.inner_text("main")
    asked.locator("input").fill("下請株式会社：10行")
    follow(company, asked.locator("button"))
    person.reload()
    assert "消去済み（企業が証明）" in person.inner_text("section.card:has(button[value=AOBA])")
    follow(person, "a[href='/me/companies/AOBA']")
    assert "渡した先：下請株式会社：10行" in person.inner_text("main")

    sign_in(owner, served, "owner")
    follow(owner, "text=提供先への消去の依頼")
    row = owner.inner_text("tr:has-text('下請株式会社：10行')")
    assert "株式会社青葉電機" in row
    assert "消去済み（企業が証明）" in row
    is_accessible(owner)
    for page in (person, company, owner):
        page.context.close()


def test_a_code_that_nobody_has_is_not_found(own_page: Page, served: Served) -> None:
    answer = own_page.goto(f"{served.url}/erased/{'a' * 32}")
    assert answer is not None
    assert answer.status == 404


def is_accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
