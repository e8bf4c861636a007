"""The client's portal in a real browser: hand over applicants, mend what was refused, read the report."""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.journey.portals.conftest import Served, sign_in

HEADER = "client_id,applicant_id,season,applied_at,as_of,member_id,family_name,given_name,birth_date"
OWN = "SELECT applicant_id FROM applicant WHERE client_id = 'AOBA' AND applicant_id LIKE 'NEW-%' ORDER BY 1"
FOREIGN = "SELECT count(*) FROM applicant WHERE applicant_id LIKE 'NEW-%' AND client_id <> 'AOBA'"
SEASON = "SELECT contract ->> 'scores' FROM client WHERE client_id = 'AOBA'"


def test_refused_rows_are_told_mended_and_handed_over_again(page: Page, served: Served, tmp_path: Path) -> None:
    [(season,)] = served.road.rows(SEASON)
    times = "2026-03-01T09:00:00+09:00,2026-04-01T09:00:00+09:00"
    row = f"{{client}},{{name}},{season},{times},{{member}},山田,花子,2004-05-06"
    good = row.format(client="AOBA", name="NEW-1", member="")
    file = tmp_path / "応募者.csv"
    foreign = row.format(client="MINATO", name="NEW-2", member="")
    guessed = row.format(client="AOBA", name="NEW-3", member=served.members["asked"])
    undated = row.format(client="AOBA", name="NEW-4", member="").replace("2026-04-01T09:00:00+09:00", "tomorrow")
    file.write_text("\n".join([HEADER, good, foreign, guessed, undated]), encoding="utf-8")
    sign_in(page, served, "hr")
    page.set_input_files("#applicants", file)
    page.click("main button")
    assert "拒否 3" in page.inner_text("[role=status]")
    told = [line.split("\t") for line in page.inner_text("tbody").splitlines()]
    assert [(line, column, value) for line, column, value, _ in told] == [
        ("3", "client_id", "MINATO"),
        ("4", "member_id", served.members["asked"]),
        ("5", "as_of", "tomorrow"),
    ]
    file.write_text("\n".join([HEADER, good, guessed.replace(served.members["asked"], "")]), encoding="utf-8")
    page.click("text=戻る")
    page.set_input_files("#applicants", file)
    page.click("main button")
    assert "拒否 0" in page.inner_text("[role=status]")
    assert [name for (name,) in served.road.rows(OWN)] == ["NEW-1", "NEW-3"]
    assert served.road.rows(FOREIGN) == [(0,)]


def test_a_file_of_another_kind_is_refused_in_words(page: Page, served: Served, tmp_path: Path) -> None:
    file = tmp_path / "applicants.xlsx"
    file.write_bytes(b"PK")
    sign_in(page, served, "hr")
    page.set_input_files("#applicants", file)
    page.click("main button")
    assert "applicants.xlsx" in page.inner_text("[role=alert]")


def test_the_report_is_read_page_by_page_and_says_what_a_score_is_not(page: Page, served: Served) -> None:
    sign_in(page, served, "hr")
    page.click("main li a")
    shown = page.inner_text("main")
    assert "確率でも割合でもありません" in shown
    [folder] = served.road.reports("AOBA")
    rows = (folder / "report.csv").read_text(encoding="utf-8-sig").splitlines()
    seen = page.locator("tbody tr").count()
    while page.locator("text=次へ").count():
        page.click("text=次へ")
        seen += page.locator("tbody tr").count()
    assert seen == len(rows) - 1


def test_the_pages_are_accessible(browser: Browser, served: Served) -> None:
    page = browser.new_page(locale="ja-JP")
    sign_in(page, served, "hr")
    for step in ("h1", "main li a"):
        page.click(step)
        found = Axe().run(page).response["violations"]
        assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
    page.close()
