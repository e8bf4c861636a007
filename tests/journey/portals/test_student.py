"""The person's portal in a real browser, in Japanese and English, with script and without."""

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from kanmon.consent.policy import text_sha256
from tests.journey.command import kanmon
from tests.journey.portals.conftest import Served, sign_in
from tests.journey.portals.patient import follow

WITHDRAWALS = """
    SELECT count(*) FROM consent_act JOIN member USING (member_no) WHERE member_id = :member AND action = 'withdraw'
"""
READS = "SELECT purpose FROM score_read WHERE subject = :member"


def test_was_i_scored_is_answered_on_the_page_after_the_sign_in(page: Page, served: Served) -> None:
    sign_in(page, served, "asked")
    told = served.road("subject", "show", served.members["asked"], "--json").json
    shown = page.inner_text("main")
    assert "はい。あなたのスコアが計算されました" in shown
    assert "パーセントではありません" in shown
    for score in told["scores"]:
        assert score["client_name"] in shown
        assert score["score"] is None or score["score"] in shown
    for provision in told["provisions"]:
        recipient = provision["recipient"]
        assert f"{recipient['legal_name']}, {recipient['address']}, {recipient['representative']}" in shown
    assert ("own_data",) in served.road.rows(READS, member=served.members["asked"])


def test_no_is_an_answer_too(page: Page, served: Served) -> None:
    sign_in(page, served, "untouched")
    shown = page.inner_text("main")
    assert "いいえ。あなたのスコアが計算されたことはありません" in shown
    assert "どこにも提供されていません" in shown


@pytest.mark.parametrize("name", ["untouched", "asked"])
def test_the_answer_is_taken_home_with_a_proof(page: Page, served: Served, tmp_path: Path, name: str) -> None:
    sign_in(page, served, name)
    with page.expect_download() as download:
        page.click("text=この回答を証明つきで受け取る")
    answer = tmp_path / "answer.json"
    download.value.save_as(answer)
    verified = kanmon("verify", answer, "--json")
    assert verified.status == 0
    assert verified.json["entry"]["type"] == "answer"
    said = verified.json["payload"]
    assert said["member_id"] == served.members[name]
    told = served.road("subject", "show", served.members[name], "--json").json
    assert said["scored_for"] == sorted({one["client_id"] for one in told["scores"] if one["score"] is not None})
    assert said["provided_to"] == sorted({one["recipient"]["client_id"] for one in told["provisions"]})
    assert bool(said["scored_for"]) is (name == "asked")
    forged = answer.read_bytes().replace(served.members[name].encode(), b"somebody else")
    answer.write_bytes(forged)
    assert kanmon("verify", answer).status != 0


def test_the_very_words_of_a_consent_are_one_click_away(page: Page, served: Served) -> None:
    sign_in(page, served, "asked")
    follow(page, "text=計算の根拠となった同意と、表示された文面")
    told = served.road("subject", "show", served.members["asked"], "--json").json
    hashes = {act["text_sha256"] for act in told["consents"] if act["action"] == "accept"}
    assert page.inner_text("code") in hashes
    assert text_sha256(page.inner_text("blockquote")) == page.inner_text("code")


def test_english_is_one_press_away_and_stays(page: Page, served: Served) -> None:
    page.goto(served.url)
    assert page.get_attribute("html", "lang") == "ja"
    follow(page, "text=English")
    sign_in(page, served, "asked")
    assert page.get_attribute("html", "lang") == "en"
    assert "Yes. A score was computed about you." in page.inner_text("main")


def test_a_withdrawal_is_one_press_and_has_a_receipt_that_verifies(page: Page, served: Served, tmp_path: Path) -> None:
    member = served.members["withdrew"]
    [(before,)] = served.road.rows(WITHDRAWALS, member=member)
    sign_in(page, served, "withdrew")
    has_withdrawn = "すべての企業について同意を撤回しました" in page.inner_text("main")
    follow(page, "section[aria-labelledby=all] button")
    assert "同意を撤回しました" in page.inner_text("[role=status]")
    [(after,)] = served.road.rows(WITHDRAWALS, member=member)
    assert after - before == (0 if has_withdrawn else 1)
    with page.expect_download() as download:
        page.click("text=撤回の受領証")
    receipt = tmp_path / "receipt.json"
    download.value.save_as(receipt)
    assert kanmon("verify", receipt).status == 0
    gate = served.road("gate", "--client", "AOBA", "--json").json
    provided = {row["applicant_id"] for row in gate["rows"] if row["decision"] == "allow"}
    told = served.road("subject", "show", member, "--json").json
    assert not provided & {one["items"]["applicant_id"] for one in told["provisions"]}


def test_everything_can_be_taken_home(page: Page, served: Served) -> None:
    sign_in(page, served, "downloaded")
    with page.expect_download() as download:
        page.click("text=すべてをJSONでダウンロードする")
    taken = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert taken == served.road("subject", "show", served.members["downloaded"], "--json").json


@pytest.mark.parametrize("name", ["nobody", "asked"])
def test_a_wrong_name_and_a_wrong_password_look_alike(page: Page, served: Served, name: str) -> None:
    page.goto(served.url)
    page.fill("#name", name)
    page.fill("#password", "wrong")
    follow(page, "main button")
    assert page.inner_text("[role=alert]") == "名前またはパスワードが違います"


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_are_accessible_and_load_nothing_foreign(browser: Browser, served: Served, width: int) -> None:
    context = browser.new_context(locale="ja-JP", viewport={"width": width, "height": 800})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda asked: said.append(asked.url) if not asked.url.startswith(served.url) else None)
    sizes: list[int] = []
    page.goto(served.url)
    _is_accessible(page, sizes)
    sign_in(page, served, "asked")
    _is_accessible(page, sizes)
    follow(page, "text=計算の根拠となった同意と、表示された文面")
    _is_accessible(page, sizes)
    for path in ("/account", "/me/reads"):
        page.goto(f"{served.url}{path}")
        _is_accessible(page, sizes)
    assert not said
    assert max(sizes) < 100_000
    context.close()


def _is_accessible(page: Page, sizes: list[int]) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    sizes.append(len(page.content().encode()))
