"""The privacy owner reads in the portal what the commands say, and nobody else reads it there."""

import re
from collections import Counter
from datetime import datetime

import pytest

from kanmon.application.application import Application
from kanmon.audits.gap.model import CAUSE_MEANINGS
from kanmon.cli.progress import LineProgress
from kanmon.core.clock import TOKYO
from kanmon.core.language import Language, translations
from kanmon.gate.decision import ReasonCode
from kanmon.gate.wording import MEANINGS
from tests.journey.command import Road
from tests.portals.office import LOOKS, Office, rows, told

PAGES = ("/officer", "/officer/gap", "/officer/policies")
SCREENS = "Screens against the words in force"


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_the_privacy_owners_alone(office: Office, path: str) -> None:
    assert office.get(path).status_code == 200
    assert office.get(path, "staff").status_code == 404
    assert office.post("/officer/gap", "staff", **office.asked()).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_no_script_and_no_style_of_their_own(office: Office, path: str) -> None:
    for language in Language:
        page = office.get(path, language=language)
        assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page.text)
        assert f'<html lang="{language}">' in page.text


def test_every_screen_stands_against_the_words_in_force(office: Office) -> None:
    page = office.get("/officer", language=Language.ENGLISH)
    table = {row[0]: row[1:] for row in rows(page, SCREENS)}
    registered = office.road.rows("SELECT screen_id, function, season_id, url FROM screen")
    assert {(name, *cells[3:]) for name, cells in table.items()} == set(registered)
    [(since,)] = office.road.rows("SELECT max(effective_from) FROM policy_version")
    assert {cells[0] for cells in table.values()} == {f"{since.astimezone(TOKYO):%Y-%m-%d %H:%M}"}

    by_acts = told_stale(office.road, since)
    assert by_acts
    assert {name: cells[1].split(" ")[0] for name, cells in table.items() if cells[1] != "none"} == by_acts
    by_looks = told_stale(office.road, since, "--looks")
    assert int(by_looks[office.stale_screen]) >= LOOKS
    assert {name: cells[2].split(" ")[0] for name, cells in table.items() if cells[2] != "none"} == by_looks
    assert f"{len(by_acts | by_looks)} of {len(registered)} screens showed other words" in page.text


def told_stale(road: Road, since: datetime, *options: str) -> dict[str, str]:
    found = road("audit", "screens", "--since", since.isoformat(), *options, "--json").json["screens"]
    return {screen["screen_id"]: f"{screen['count']:,}" for screen in found}


def test_refusals_are_those_that_the_gate_told(office: Office) -> None:
    table = rows(office.get("/officer"), "直近の判定結果")
    counts: Counter[str] = Counter()
    for _, _, _, _, _, reasons in table:
        counts.update(
            {code: int(count.replace(",", "")) for code, count in re.findall(r"(DENY_\w+) .*?: ([\d,]+)", reasons)}
        )
    assert counts == office.gate["counts"]
    japanese = translations(Language.JAPANESE).gettext
    assert all(japanese(MEANINGS[ReasonCode(code)]) in " ".join(row[5] for row in table) for code in counts)

    asked = Counter(row["client_id"] for row in office.gate["rows"])
    denied = Counter(row["client_id"] for row in office.gate["rows"] if row["decision"] == "deny")
    assert {row[0]: (int(row[3]), int(row[4])) for row in table} == {one: (asked[one], denied[one]) for one in asked}
    assert {row[1] for row in table} == {"スコアの提供"}


def test_newest_provisions_name_persons_and_ledger_entries(office: Office) -> None:
    table = rows(office.get("/officer"), "最近の提供")
    recorded = office.road.rows(
        "SELECT p.client_id, count(r.*)::text, p.provision_id, p.ledger_seq::text FROM provision p "
        "LEFT JOIN provision_record r USING (client_id, provision_id) GROUP BY 1, 3, 4 ORDER BY 1"
    )
    assert any(int(persons) for _, persons, _, _ in recorded)
    assert [(row[0], row[3].replace(",", ""), row[4], row[5]) for row in table] == recorded


def test_ledger_is_told_as_far_as_it_is_signed(office: Office) -> None:
    [(entries, signed)] = office.road.rows(
        "SELECT (SELECT count(*) FROM ledger_entry), (SELECT max(size) FROM ledger_checkpoint)"
    )
    page = told(office.get("/officer", language=Language.ENGLISH).text)
    assert f"Entries {entries:,} Newest signed checkpoint over {signed:,} entries, 20" in page


@pytest.mark.parametrize("rule", ["release", "strict"])
def test_gap_is_that_of_the_command_and_enters_the_ledger(office: Office, rule: str) -> None:
    asked = office.asked(rule)
    expected = office.road(
        "audit", "gap", *(part for name, value in asked.items() for part in (f"--{name}", value)), "--json"
    ).json
    [(before,)] = office.road.rows("SELECT count(*) FROM ledger_entry")
    page = office.post("/officer/gap", **asked)
    assert page.status_code == 200
    assert f"同意取得不備の対象者は{expected['count']:,}人です。" in told(page.text)
    listed = page.text.partition("<details>")[2].partition("</details>")[0]
    assert re.findall(r"<li>(.*?)</li>", listed) == expected["members"][:200]
    assert expected["count"] or rule == "release"
    if expected["count"]:
        japanese = translations(Language.JAPANESE).gettext
        causes = rows(page, japanese("Who fell into the gap"))
        assert {row[1]: (row[2], int(row[3].replace(",", ""))) for row in causes} == {
            reason: (japanese(CAUSE_MEANINGS[reason]), count) for reason, count in expected["reasons"].items()
        }
        if rule == "strict":
            squares = rows(page, japanese("By which scheme, to which client, and when"))
            assert sum(int(row[4].replace(",", "")) for row in squares) == len(expected["deliveries"])
    [(after,)] = office.road.rows("SELECT count(*) FROM ledger_entry")
    assert after == before + 1


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"since": "yesterday"}, "「yesterday」は日付ではありません"),
        ({"since": "0001-01-01"}, "「0001-01-01」は日付ではありません"),
        ({"since": "2026-09-01", "until": "2026-03-10"}, "期間"),
    ],
)
def test_gap_of_no_period_is_refused_on_the_form(office: Office, asked: dict[str, str], words: str) -> None:
    page = office.post("/officer/gap", **asked)
    assert page.status_code == 400
    alert = re.search(r'role="alert">(.*?)</p>', page.text)
    assert alert
    assert words in alert[1]
    assert f'value="{asked["since"]}"' in page.text


def test_gap_waits_for_no_other_command(office: Office) -> None:
    with Application.open(office.road.root, None, LineProgress()):
        page = office.post("/officer/gap", **office.asked())
    assert page.status_code == 409
    assert office.post("/officer/gap", **office.asked()).status_code == 200


def test_policies_tell_what_the_check_finds(office: Office) -> None:
    page = office.get("/officer/policies", language=Language.ENGLISH)
    checked = office.road("policy", "check", "--json").json
    law = checked["law"]
    words = {"COVERED": "covered", "COVERED_UNCLEAR": "covered, but not clearly", "NOT_COVERED": "not covered"}
    sections = page.text.split("<section")
    assert law in page.text
    for version in checked["versions"]:
        table = rows(page, f"Coverage of version {version['version_id']}")
        expected = {
            one["client_id"] or "training": words[one["verdict"]] for one in version["verdicts"] if one["law"] == law
        }
        found = {asked: row[1] for row in table for asked in re.findall(r"[A-Z]{2,}|training", row[0])}
        assert found == expected
        is_told_as_publishable = [
            "no: " not in part
            for part in sections
            if f'aria-label="Coverage of version {version["version_id"]}"' in part
        ]
        assert is_told_as_publishable == [version["publishable"]]


def test_difference_of_two_versions_is_told_clause_by_clause(office: Office) -> None:
    links = re.findall(r'href="(/officer/policies/[^"]+)"', office.get("/officer/policies").text)
    assert links
    for link in links:
        _, _, _, policy, old, new = link.split("/")
        [diff] = office.road("policy", "diff", old, new, "--policy", policy, "--json").json["diffs"]
        page = told(office.get(link, language=Language.ENGLISH).text)
        for clause in diff["clauses"]:
            assert f"Clause {clause['clause_id']}" in page
        for reworded in diff["rewordings"]:
            assert told(reworded["new"]) in page
    assert office.get("/officer/policies/privacy/none/nothing").status_code == 400
