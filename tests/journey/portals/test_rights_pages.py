"""What a person asks for in a real browser, the worklist it comes into, and the pages for everybody."""

import json
import zipfile
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.journey.command import kanmon
from tests.journey.portals.conftest import Served, sign_in
from tests.journey.portals.patient import follow

REFUSALS = """
    SELECT reasons FROM gate_decision JOIN applicant USING (client_id, applicant_no) JOIN member USING (member_no)
    WHERE member_id = :member AND client_id = 'AOBA' ORDER BY decision_no DESC LIMIT 1
"""
STALE = """
    SELECT count(*) FROM stale_score JOIN score USING (client_id, score_no)
    JOIN applicant USING (client_id, applicant_no) JOIN member USING (member_no) WHERE member_id = :member
"""


def presses_of(page: Page) -> list[str]:
    """What is posted from a page from now on: each press of a button."""
    pressed: list[str] = []
    page.on("request", lambda asked: pressed.append(asked.url) if asked.method == "POST" else None)
    return pressed


def test_which_actions_counted_is_told_in_numbers(page: Page, served: Served) -> None:
    sign_in(page, served, "counted")
    follow(page, "a:has-text('について詳しく見る')")
    page.click("summary:has-text('の意味')")
    shown = page.inner_text("main")
    follow(page, "a:has-text('どの行動が使われたか')")
    shown += page.inner_text("main")
    assert "ページの閲覧" in shown
    assert "確率" not in shown
    assert "より前の行動だけが使われました" in shown
    assert "大まかに表したものにすぎません" in shown
    assert "行動のあった日数" in shown


def test_a_stop_is_one_press_stands_and_is_lifted_by_one(page: Page, served: Served) -> None:
    sign_in(page, served, "objected")
    pressed = presses_of(page)
    follow(page, "section:has-text('株式会社青葉電機') >> text=について利用を停止する")
    assert "利用を停止しました" in page.inner_text("[role=status]")
    assert served.road("gate", "--client", "AOBA").status == 0
    assert served.road.rows(REFUSALS, member=served.members["objected"]) == [(["DENY_CONSENT_WITHDRAWN"],)]
    follow(page, "section:has-text('株式会社青葉電機') >> text=の利用停止を解除する")
    assert "解除しました" in page.inner_text("[role=status]")
    assert len(pressed) == 2


def test_withdrawing_takes_no_more_steps_than_agreeing(browser: Browser, served: Served) -> None:
    """Agreeing is one press on the screen that shows the words (GDPR-07)."""
    context = browser.new_context(locale="ja-JP", java_script_enabled=False)
    page = context.new_page()
    sign_in(page, served, "counted")
    pressed = presses_of(page)
    follow(page, "text=すべての企業について同意を撤回する >> nth=-1")
    assert len(pressed) == 1
    assert "サイトのすべての機能はこれまでどおり使えます" in page.inner_text("[role=status]")
    assert "企業の手元に残ります" in page.inner_text("[role=status]")
    context.close()


def test_a_shared_browser_is_corrected_at_once_and_the_score_is_void(browser: Browser, served: Served) -> None:
    member = served.members["shared"]
    assert served.road.rows(STALE, member=member) == [(0,)]
    context = browser.new_context(locale="ja-JP")
    page = context.new_page()
    sign_in(page, served, "shared")
    page.goto(f"{served.url}/me/history")
    shared = page.locator("fieldset", has_text="ほかの人もログインしています")
    page.check(f"#{shared.locator('input').first.get_attribute('id')}")
    page.fill("#words", "妹のパソコンです")
    follow(page, "main button")
    made = page.inner_text(".card[role=status]")
    assert "対応済み" in made
    assert "件の行動は、今後は数えません" in made
    assert "妹のパソコンです" in made
    [(stale,)] = served.road.rows(STALE, member=member)
    assert stale > 0
    page.goto(f"{served.url}/me")
    assert "から無効です" in page.inner_text("main")
    page.goto(f"{served.url}/me/history")
    assert page.locator("fieldset", has_text="ほかの人もログインしています").count() == shared.count()
    context.close()

    told = browser.new_context(locale="ja-JP").new_page()
    sign_in(told, served, "hr")
    follow(told, "text=無効になったスコア")
    [[applicant]] = served.road.rows(
        """SELECT applicant_id FROM applicant JOIN member USING (member_no)
        WHERE member_id = :member AND client_id = 'AOBA'""",
        member=member,
    )
    assert applicant in told.inner_text("table")
    assert member not in told.inner_text("main")
    told.context.close()


def test_the_worklist_has_a_deadline_and_its_reasons_reach_the_person(browser: Browser, served: Served) -> None:
    person, owner = (browser.new_context(locale="ja-JP").new_page() for _ in range(2))
    sign_in(person, served, "disclosed")
    person.goto(f"{served.url}/me/correct")
    person.fill("#university", "別の大学")
    follow(person, "main button")
    assert "回答待ち" in person.inner_text(".card[role=status]")
    assert "回答の期限" in person.inner_text(".card[role=status]")

    sign_in(owner, served, "owner")
    follow(owner, "text=本人からの請求")
    card = owner.locator("section.card", has_text="別の大学")
    assert "期限" in card.inner_text()
    follow(owner, card.locator("button[value=refuse]"))
    assert owner.inner_text("[role=alert]").startswith("認めない場合は理由が必要です")
    card = owner.locator("section.card", has_text="別の大学")
    card.locator("textarea").fill("在学証明と異なるため")
    follow(owner, card.locator("button[value=refuse]"))
    assert "在学証明と異なるため" in owner.inner_text("main")
    follow(owner, "main form button")
    person.reload()
    assert "在学証明と異なるため" in person.inner_text("main")
    assert "認められませんでした" in person.inner_text("main")
    for page in (person, owner):
        page.context.close()


def test_everything_is_downloaded_at_once_and_verifies(page: Page, served: Served, tmp_path: Path) -> None:
    sign_in(page, served, "disclosed")
    with page.expect_download() as download:
        page.click("text=すべてをダウンロードする（文書とデータ）")
    download.value.save_as(tmp_path / "kanmon.zip")
    with zipfile.ZipFile(tmp_path / "kanmon.zip") as archive:
        archive.extractall(tmp_path)
    facts = json.loads((tmp_path / "kanmon.json").read_text(encoding="utf-8"))
    assert facts["member"]["member_id"] == served.members["disclosed"]
    assert {read["purpose"] for read in facts["reads"]} >= {"own_data"}
    receipts = [*(tmp_path / "receipts").iterdir(), tmp_path / "answer.json"]
    assert len(receipts) > 2
    assert {kanmon("verify", receipt).status for receipt in receipts} == {0}
    code = (tmp_path / "check-code.txt").read_text(encoding="utf-8").split()[0]
    assert "確認コード" in code


@pytest.mark.parametrize("language", ["日本語", "English"])
def test_a_code_answers_yes_no_and_not_at_all_alike_in_shape(
    browser: Browser, served: Served, tmp_path: Path, language: str
) -> None:
    context = browser.new_context(locale="ja-JP", java_script_enabled=False)
    page = context.new_page()
    codes = {name: code_of(served, name, tmp_path) for name in ("asked", "untouched")} | {"wrong": "ABCD-EFGH"}
    page.goto(f"{served.url}/check")
    if language == "English":
        follow(page, "text=English")
    shapes, said = set(), {}
    for name, code in codes.items():
        page.goto(f"{served.url}/check")
        page.fill("#code", code.lower())
        follow(page, "main button >> nth=0")
        said[name] = page.inner_text(".answer")
        shapes.add(tuple(page.locator(part).count() for part in ("main > *", "main button", "th[scope=col]")))
        assert ("株式会社青葉電機" in page.inner_text("main")) is (name == "asked")
    assert len(shapes) == 1
    begins = {"日本語": ("はい", "いいえ", "このコード"), "English": ("Yes", "No.", "No such code")}[language]
    assert [words.startswith(begin) for words, begin in zip(said.values(), begins, strict=True)] == [True] * 3

    page.goto(f"{served.url}/check")
    page.fill("#code", codes["asked"])
    follow(page, "main button >> nth=0")
    with page.expect_download() as download:
        page.click("main button")
    download.value.save_as(tmp_path / "answer.json")
    proved = kanmon("verify", tmp_path / "answer.json", "--json").json
    assert "株式会社青葉電機" in proved["payload"]["scored_for"]
    context.close()


def code_of(served: Served, name: str, folder: Path) -> str:
    assert served.road("subject", "disclose", served.members[name], folder / "all.zip").status == 0
    with zipfile.ZipFile(folder / "all.zip") as archive:
        words = archive.read("check-code.txt").decode()
    return next(word for word in words.replace("。", " ").split() if word.count("-") == 6).rstrip(".")


def test_without_a_code_the_desk_is_asked(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/check")
    page.fill("#contact", "former@example.com")
    follow(page, "main button >> nth=1")
    assert "請求を受け付けました" in page.inner_text("[role=status]")
    [waiting, *_] = [
        one for one in served.road("subject", "requests", "--json").json["requests"] if one["type"] == "check"
    ]
    assert (waiting["member_id"], waiting["content"]["contact"]) == (None, "former@example.com")


def test_every_purpose_in_use_is_public(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/about")
    shown = page.inner_text("main")
    for name, address in served.road.rows("SELECT legal_name, address FROM client WHERE client_id <> ''"):
        assert name in shown
        assert address in shown
    [(platform,)] = served.road.rows("SELECT platform FROM service")
    assert all(platform[name] in shown for name in ("legal_name", "address", "representative"))


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_are_accessible(browser: Browser, served: Served, width: int) -> None:
    pages = {
        None: ("/check", "/about"),
        "asked": ("/me", "/me/requests", "/me/history", "/me/correct"),
        "owner": ("/officer/requests",),
        "hr": ("/client/corrections", "/client/reviews"),
    }
    for name, paths in pages.items():
        context = browser.new_context(locale="ja-JP", viewport={"width": width, "height": 800})
        page = context.new_page()
        if name is not None:
            sign_in(page, served, name)
        for path in paths:
            page.goto(f"{served.url}{path}")
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            found = Axe().run(page).response["violations"]
            assert not found, [(path, one["id"], one["nodes"][0]["html"]) for one in found]
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        context.close()
