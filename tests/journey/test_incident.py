"""From the record of a defect to whom it affects, by commands alone (AC-15, AC-16, AC-18, AC-19)."""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from kanmon.application.application import stop_database
from tests.journey.command import Road, kanmon
from tests.journey.fixture_gap import SINCE, UNTIL, write_fixture
from tests.smtp import mail_server

AT = ("--at", "2019-08-03T09:00:00+09:00")
BY = ("--person", "officer")
SET = {
    ("P01", "C1", "R1"), ("P02", "C1", "R2"), ("P04", "C1", "R3"), ("P05", "C1", "R1"), ("P09", "C2", "R1"),
    ("P11", "C1", "R3"), ("P12", "C1", "R1"),
}  # fmt: skip


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    folder = tmp_path_factory.mktemp("incident")
    write_fixture(folder / "dataset")
    road = Road(folder / "workspace")
    assert kanmon("init", road.root, "--replay").status == 0
    try:
        assert road("load", folder / "dataset", *AT).status == 0
        yield road
    finally:
        stop_database(road.root)


def test_from_the_record_to_the_affected_set(road: Road) -> None:
    about = ("--class", "U", "--title", "old words on the registration screen", "--screen", "REGISTRATION")
    opened = road("incident", "open", *about, "--since", SINCE, "--until", UNTIL, *BY, *AT, "--json")
    assert (opened.status, opened.err) == (0, "")
    number = opened.json["incident_id"]
    assert (number, opened.json["season"]) == ("I-2019-001", "2020")
    assert {due["duty"]: due["state"] for due in opened.json["dues"]}["hold"] == "done"
    held = road("gate", "--client", "C2", *AT, "--json").json
    assert held["counts"]["DENY_INCIDENT_HOLD"] == 4

    assert road("incident", "close", number, *BY, *AT).status == 4
    found = road("incident", "affected", number, *BY, *AT, "--json")
    assert (found.status, found.json["affected"]["count"]) == (0, 7)
    assert found.json["affected"]["clients"] == {"C1": 6, "C2": 1}
    shown = road("incident", "show", number, *AT, "--json").json
    assert {(one["member_id"], one["client_id"], one["reason"][:2]) for one in shown["members"]} == SET
    assert shown["facts"][-1]["body"]["set_sha256"] == shown["set_sha256"]
    let_go = road("gate", "--client", "C2", *AT, "--json").json
    assert let_go["counts"]["DENY_INCIDENT_HOLD"] == 2  # P09, and P11, whom C1 alone was given, is held for all

    again = road("incident", "affected", number, "--rule", "release", *BY, *AT, "--json").json
    assert again["set_sha256"] == shown["set_sha256"]
    assert road("audit", "ledger").status == 0


def test_the_pack_of_an_incident_draws_who_fell_into_the_gap_and_when_it_went(road: Road, tmp_path: Path) -> None:
    made = road("evidence", tmp_path / "pack.zip", "--incident", "I-2019-001", *AT)
    assert (made.status, kanmon("verify", tmp_path / "pack.zip").status) == (0, 0), made.err
    with ZipFile(tmp_path / "pack.zip") as archive:
        drawn = {name: archive.read(name).decode() for name in archive.namelist() if name.startswith("figures/")}
        page = archive.read("index.html").decode()
    assert sorted(drawn) == [f"figures/{number}.{language}.svg" for number in (1, 2) for language in ("en", "ja")]
    assert all(svg in page for svg in drawn.values())
    for scheme_and_client in ("<td>B 1</td><td>C1</td>", "<td>B 2</td><td>C2</td>"):
        assert page.count(scheme_and_client) >= 2, "in both languages"


def test_everybody_affected_is_told_once_though_handing_over_is_killed(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = "I-2019-001"
    early = road("incident", "notify", number, *BY, *AT)
    assert (early.status, "outline" in early.err) == (4, True)
    for item in ("outline", "items", "cause", "secondary_damage"):
        assert road("incident", "fact", number, item, f"{item} とは", *BY, *AT).status == 0
    told = road("incident", "notify", number, *BY, *AT, "--json").json
    assert told == {"written": 7, "unreachable": 1, "former": 0, "letters": {"unreachable": 1, "waiting": 6}}
    assert road("incident", "notify", number, *BY, *AT, "--json").json["written"] == 0
    assert road("mail", "hand-over", *AT).status == 2
    with mail_server() as mailboxes:
        for name, value in mailboxes.environ().items():
            monkeypatch.setenv(name, value)
        road.killed_in("kanmon.incidents.notices.store:PostgresMailStore:end:3", "mail", "hand-over", *AT)
        assert len(mailboxes.taken) == 3
        done = road("mail", "hand-over", *AT, "--json").json
        later = ("--at", "2019-08-03T10:00:00+09:00")
        assert road("mail", "hand-over", *later).status == 0
        assert set(mailboxes.by_address().values()) == {1}
        assert len(mailboxes.taken) == 6
    assert done == {"handed_over": 3, "unknown": 1}
    [doubted] = road("mail", "doubts", *later, "--json").json["letters"]
    assert doubted["is_settleable"]
    assert road("mail", "list", *later, "--json").json == {"handed_over": 5, "in_doubt": 1, "unreachable": 1}
    public = road("incident", "public-notice", number, *AT, "--json").json
    assert "outline とは" in public["body"]
    assert "C1" not in public["body"]


def test_the_published_rule_finds_the_five(road: Road) -> None:
    about = ("--class", "U", "--title", "as published", "--season", "2020", "--since", SINCE, "--until", UNTIL)
    number = road("incident", "open", *about, *BY, *AT, "--json").json["incident_id"]
    road("incident", "affected", number, "--rule", "release", *BY, *AT)
    members = road("incident", "show", number, *AT, "--json").json["members"]
    assert [one["member_id"] for one in members] == ["P01", "P02", "P05", "P12", "P09"]


def test_a_leak_has_the_clock_of_the_law_and_ends_with_its_report(road: Road) -> None:
    known = ("--known-at", "2019-08-01T10:00:00+09:00")
    about = ("--class", "L", "--title", "a report mailed to a wrong company", "--since", SINCE)
    opened = road("incident", "open", *about, *known, *BY, *AT, "--json").json
    number = opened["incident_id"]
    assert (opened["reportable_since"], opened["items_met"]) == (None, {})
    road("incident", "estimate", number, "--min", "0", "--max", "900", *BY, *AT)
    later = ("--at", "2019-08-09T09:00:00+09:00")
    grown = road("incident", "estimate", number, "--min", "900", "--max", "1200", *BY, *later, "--json").json
    assert grown["items_met"] == {"iv": "2019-08-09T00:00:00+00:00"}
    assert [fact["body"]["max"] for fact in grown["facts"]] == [900, 1200]
    assert {due["duty"]: due["due_on"] for due in grown["dues"]} == {
        "report_preliminary": "2019-08-13", "report_final": "2019-09-09",
    }  # fmt: skip

    moved = road("incident", "fact", number, "known_at", "2019-08-20", *BY, *later)
    assert (moved.status, "I-2019-003" in moved.err) == (4, True)
    assert road("incident", "close", number, *BY, *later).status == 4
    assert road("incident", "report", number, "final", *BY, *later).status == 4
    for item in ("outline", "items", "cause", "secondary_damage", "response", "publication", "prevention", "other"):
        assert road("incident", "fact", number, item, "as known", *BY, *later).status == 0
    assert road("incident", "report", number, "final", *BY, *later).status == 0
    assert road("incident", "close", number, *BY, *later).status == 4
    shown = road("incident", "close", number, *BY, *later, "--dry-run", "--json").json
    assert shown["lacking"] == []
    closed = road("incident", "close", number, *BY, *later, "--confirm", shown["confirm"], "--json")
    assert (closed.status, closed.json["closed_at"]) == (0, "2019-08-09T00:00:00+00:00")
    assert road("incident", "fact", number, "cause", "another", *BY, *later).status == 4
    listed = road("incident", "list", *later, "--json").json["incidents"]
    assert [one["incident_id"] for one in listed] == ["I-2019-003", "I-2019-002", "I-2019-001"]


def test_the_pack_of_one_client_s_incident_shows_nobody_else_s_gap(road: Road, tmp_path: Path) -> None:
    about = ("--class", "U", "--title", "what went to C2", "--client", "C2", "--since", SINCE, "--until", UNTIL)
    opened = road("incident", "open", *about, *BY, *AT, "--json").json
    assert road("evidence", tmp_path / "pack.zip", "--incident", opened["incident_id"], *AT).status == 0
    with ZipFile(tmp_path / "pack.zip") as archive:
        page = archive.read("index.html").decode()
    assert "<td>C2</td>" in page
    assert "<td>C1</td>" not in page
