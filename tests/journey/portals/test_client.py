"""The client's portal in a real browser: hand over, mend, state a use, ask, receive, read, say what it was used for."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.journey.portals.conftest import Served, sign_in
from tests.journey.portals.patient import follow

HEADER = "client_id,applicant_id,season,applied_at,as_of,member_id,family_name,given_name,birth_date"
OWN = "SELECT applicant_id FROM applicant WHERE client_id = 'AOBA' AND applicant_id LIKE 'NEW-%' ORDER BY 1"
FOREIGN = "SELECT count(*) FROM applicant WHERE applicant_id LIKE 'NEW-%' AND client_id <> 'AOBA'"
SEASON = "SELECT contract ->> 'scores' FROM client WHERE client_id = 'AOBA'"
JOBS = "SELECT state FROM job WHERE client_id = :client"
ALERTS = "SELECT code, said ->> 'words' FROM use_alert WHERE client_id = :client"
RECEIPTS = "SELECT count(*) FROM receipt WHERE client_id = :client"
PROVISIONS = "SELECT count(*) FROM provision WHERE client_id = :client"
HAS_SCORES = "SELECT EXISTS (SELECT FROM provision_record WHERE client_id = :client)"
STATED = (
    "SELECT said ->> 'overseer', said ->> 'people' FROM use_statement WHERE client_id = :client ORDER BY statement_no"
)
LOADED = "SELECT count(*) FROM load"


@pytest.fixture(params=[("ja-JP", True, 1280), ("en-GB", False, 360)], ids=["ja, script", "en, no script, phone"])
def visitor(browser: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Page, bool]]:
    """Somebody with a page, and whether that person reads Japanese."""
    locale, has_script, width = request.param
    context = browser.new_context(
        locale=locale, java_script_enabled=has_script, viewport={"width": width, "height": 800}, accept_downloads=True
    )
    yield context.new_page(), locale == "ja-JP"
    context.close()


def state_acquisition(page: Page) -> None:
    page.select_option("#source", "applicants")
    page.fill("#words", "2026年3月、応募フォームで本人から")
    page.select_option("#legal_basis", "consent")


def hand_over(page: Page, file: Path) -> None:
    page.set_input_files("#applicants", file)
    state_acquisition(page)
    follow(page, "form[action='/client/applicants'] button")


def state_use(page: Page, purpose: str) -> None:
    page.goto(page.url.split("/client")[0] + "/client/use")
    page.fill("#purpose", purpose)
    page.check("[name=follow_ups][value=call]")
    for box in page.locator("[name=renounced]").all():
        box.check()
    page.fill("#overseer", "青葉 監")
    follow(page, "main form button")


def assert_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_refused_rows_are_told_mended_and_handed_over_again(page: Page, served: Served, tmp_path: Path) -> None:
    [(season,)] = served.road.rows(SEASON)
    times = "2026-03-01T09:00:00+09:00,2026-04-01T09:00:00+09:00"
    row = f"{{client}},{{name}},{season},{times},{{member}},山田,花子,2004-05-06"
    good = row.format(client="AOBA", name="NEW-1", member="")
    file = tmp_path / "応募者.csv"
    foreign = row.format(client="MINATO", name="NEW-2", member="")
    guessed = row.format(client="AOBA", name="NEW-3", member=served.members["asked"])
    undated = row.format(client="AOBA", name="NEW-4", member="").replace("2026-04-01T09:00:00+09:00", "tomorrow")
    file.write_text("\n".join([HEADER, good, foreign, guessed, undated]), encoding="cp932")
    sign_in(page, served, "hr")
    hand_over(page, file)
    assert "拒否 3" in page.inner_text("[role=status]")
    told = [line.split("\t") for line in page.inner_text("tbody").splitlines()]
    assert [(line, column, value) for line, column, value, _ in told] == [
        ("3", "client_id", "MINATO"),
        ("4", "member_id", served.members["asked"]),
        ("5", "as_of", "tomorrow"),
    ]
    with page.expect_download() as downloading:
        page.click("a[download]")
    refused = downloading.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in refused] == ["applicant_id", "NEW-2", "NEW-3", "NEW-4"]
    assert refused[0] == f"{HEADER},why_refused"
    kept = [line for line in refused if "NEW-2" not in line]
    mended = "\n".join(kept).replace(served.members["asked"], "").replace("tomorrow", "2026-04-01T09:00:00+09:00")
    file.write_text(mended, encoding="utf-8")
    follow(page, "text=ホーム")
    hand_over(page, file)
    assert "拒否 0" in page.inner_text("[role=status]")
    assert [name for (name,) in served.road.rows(OWN)] == ["NEW-1", "NEW-3", "NEW-4"]
    assert served.road.rows(FOREIGN) == [(0,)]
    follow(page, "text=ホーム")
    assert page.locator("a[href='/client/applicants/refused']").count() == 0
    assert "最後のご提出は" in page.inner_text("main")


def test_a_file_of_another_kind_is_refused_in_words(page: Page, served: Served, tmp_path: Path) -> None:
    file = tmp_path / "applicants.pdf"
    file.write_bytes(b"%PDF")
    sign_in(page, served, "hr")
    hand_over(page, file)
    assert "applicants.pdf" in page.inner_text("[role=alert]")


def test_a_list_without_a_statement_of_its_acquisition_is_not_taken(page: Page, served: Served, tmp_path: Path) -> None:
    file = tmp_path / "applicants.csv"
    file.write_text(HEADER, encoding="utf-8")
    sign_in(page, served, "hr")
    before = served.road.rows(LOADED)
    page.set_input_files("#applicants", file)
    page.select_option("#source", "applicants")
    page.fill("#words", "　")
    page.select_option("#legal_basis", "consent")
    follow(page, "form[action='/client/applicants'] button")
    assert "APPI-10" in page.inner_text("[role=alert]")
    page.set_input_files("#applicants", file)
    state_acquisition(page)
    page.select_option("#legal_basis", "entrustment")
    follow(page, "form[action='/client/applicants'] button")
    assert "APPI-10" in page.inner_text("[role=alert]")
    assert served.road.rows(LOADED) == before


def test_from_the_statement_of_use_to_the_report_and_what_it_was_used_for(
    visitor: tuple[Page, bool], served: Served
) -> None:
    """One client in Japanese, one in English; each asks once, and its newest report is opened, read, accounted for.

    Asked again, the same content is not provided twice; people who withdrew meanwhile make it another one.
    """
    page, is_japanese = visitor
    client, name = ("MINATO", "other-hr") if is_japanese else ("KITAHAMA", "kitahama-hr")
    sign_in(page, served, name)
    assert page.get_attribute("html", "lang") == ("ja" if is_japanese else "en")
    [(provisions,)] = served.road.rows(PROVISIONS, client=client)
    prohibited = "選考の参考" if is_japanese else "to rank applicants"
    assert page.locator("form[action='/client/runs']").count() == 0
    state_use(page, prohibited)
    assert page.locator("[role=alert]").count() == 1
    assert served.road.rows(ALERTS, client=client) == [("DENY_PURPOSE_PROHIBITED", prohibited)]
    assert page.locator("[name=renounced]").first.is_checked()
    state_use(page, "選考を辞退しそうな方に電話する" if is_japanese else "a call to those who may leave")
    ask_and_wait(page, served, client)
    assert ("完了しました" if is_japanese else "It is done") in page.inner_text("[role=status]")
    assert_fits(page)
    page.goto(page.url.split("/runs")[0])
    assert_fits(page)
    follow(page, page.locator("main ul a[href*='/client/reports/']").first)
    assert page.locator("table").count() == 0
    [(has_scores,)] = served.road.rows(HAS_SCORES, client=client)
    assert (("27条1項" if is_japanese else "Art. 27(1)") in page.inner_text("main")) is has_scores
    assert_fits(page)
    confirm(page)
    assert ("辞退する確率ではありません" if is_japanese else "not a probability") in page.inner_text("main")
    assert_fits(page)
    download_and_state_use(page, served.road.reports(client)[-1])
    assert served.road.rows(STATED, client=client) == [("青葉 監", None), (None, "12")]
    assert served.road.rows(RECEIPTS, client=client) == [(1,)]
    [(provisions_now,)] = served.road.rows(PROVISIONS, client=client)
    assert provisions <= provisions_now <= provisions + 1
    assert sum((folder / "report.csv").exists() for folder in served.road.reports(client)) == provisions_now


def ask_and_wait(page: Page, served: Served, client: str) -> None:
    """Ask with one press; the page shows by itself how far the run is, and leads to the report at its end."""
    follow(page, "form[action='/client/runs'] button")
    link = page.locator("main a.button[href*='/client/reports/']")
    link.wait_for(timeout=600_000)
    assert served.road.rows(JOBS, client=client) == [("done",)]


def confirm(page: Page) -> None:
    report = page.url
    for box in page.locator("[name=confirmed]").all():
        box.check()
    follow(page, "main form button")
    assert page.url == report
    assert page.locator("tbody tr").count() > 0


def download_and_state_use(page: Page, folder: Path) -> None:
    report = page.url
    with page.expect_download() as downloading:
        page.click("text=report.csv")
    assert downloading.value.path().read_bytes() == (folder / "report.csv").read_bytes()
    with page.expect_download() as downloading:
        page.click("text=instructions.json")
    told = json.loads(downloading.value.path().read_text())
    assert (told["oversight"]["overseer"], told["output"]["kind"]) == ("青葉 監", "ordinal index")
    assert "%" not in json.dumps(told, ensure_ascii=False)
    page.goto(f"{report}/use")
    page.check("[name=follow_ups][value=call]")
    page.fill("#people", "12")
    page.check("[name=in_selection][value=no]")
    follow(page, "main form button")
    assert page.url == report


def test_the_privacy_owner_sees_what_was_stated(page: Page, served: Served) -> None:
    sign_in(page, served, "kitahama-hr")
    state_use(page, "合否の判断に使う")
    follow(page, "header form[action='/sign-out'] button")
    sign_in(page, served, "owner")
    follow(page, "[href='/officer/alerts']")
    assert "合否の判断に使う" in page.inner_text("tbody")


def test_the_report_is_read_page_by_page_and_says_what_a_score_is_not(page: Page, served: Served) -> None:
    sign_in(page, served, "hr")
    open_report(page)
    shown = page.inner_text("main")
    assert "辞退する確率ではありません" in shown
    folder = served.road.reports("AOBA")[-1]
    rows = (folder / "report.csv").read_text(encoding="utf-8-sig").splitlines()
    seen = page.locator("tbody tr").count()
    while page.locator("text=次へ").count():
        follow(page, "text=次へ")
        seen += page.locator("tbody tr").count()
    assert seen == len(rows) - 1


def open_report(page: Page) -> None:
    follow(page, page.locator("main ul a[href*='/client/reports/']").first)
    if page.locator("[name=confirmed]").count():
        confirm(page)


def test_the_pages_are_accessible(browser: Browser, served: Served) -> None:
    page = browser.new_page(locale="ja-JP", viewport={"width": 360, "height": 800})
    sign_in(page, served, "hoshino-hr")
    follow(page, page.locator("main ul a[href*='/client/reports/']").first)
    assert_accessible(page)
    follow(page, "header form[action='/sign-out'] button")
    sign_in(page, served, "kitahama-hr")
    desk = page.url.split("/client")[0] + "/client"
    for path in ("", "/help", "/use"):
        page.goto(desk + path)
        assert_accessible(page)
    state_use(page, "電話でフォローする")
    assert_accessible(page)
    open_report(page)
    assert_accessible(page)
    follow(page, "[href$='/use']")
    assert_accessible(page)
    page.goto(desk)
    follow(page, "form[action='/client/runs'] button")
    assert_accessible(page)
    page.close()


def assert_accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
    assert_fits(page)
