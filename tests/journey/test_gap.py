"""`kanmon audit gap` finds from the logs alone who was provided without valid consent (AC-15)."""

from collections.abc import Iterator

import pytest

from kanmon.application.application import stop_database
from tests.journey.command import Road, kanmon
from tests.journey.fixture_gap import SINCE, UNTIL, write_fixture

IN_RELEASE = ["P01", "P02", "P05", "P09", "P12"]
WINDOW = ("--since", SINCE, "--until", UNTIL)


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    folder = tmp_path_factory.mktemp("gap")
    write_fixture(folder / "dataset")
    road = Road(folder / "workspace")
    assert kanmon("init", road.root, "--replay").status == 0
    try:
        loaded = road("load", folder / "dataset")
        assert loaded.status == 0, loaded.err
        yield road
    finally:
        stop_database(road.root)


def test_published_rule_finds_those_who_used_no_function(road: Road) -> None:
    found = road("audit", "gap", *WINDOW, "--json")
    assert (found.status, found.err) == (0, "")
    assert found.json == {
        "count": 5,
        "reasons": {"R1_PRE_REVISION_MEMBER": 4, "R2_STALE_REGISTRATION_SCREEN": 1},
        "codes": {"DENY_CONSENT_OUTDATED": 5, "DENY_NOT_COVERED": 5},
        "members": IN_RELEASE,
        "went": {"count": 0, "members": []},
        "would_have_gone": {"count": 5, "members": IN_RELEASE},
        "benefit": {"provisions": 0, "amounts": {}, "provisions_without_price": 0, "is_known": True},
        "rule": "release",
        "since": SINCE,
        "until": UNTIL,
        "season": "2020",
    }


def test_strict_rule_finds_each_delivery_that_no_agreement_came_before(road: Road) -> None:
    found = road("audit", "gap", *WINDOW, "--rule", "strict", "--json").json
    assert found["count"] == 7
    assert found["members"] == sorted([*IN_RELEASE, "P04", "P11"])
    assert found["reasons"] == {
        "R1_PRE_REVISION_MEMBER": 4,
        "R2_STALE_REGISTRATION_SCREEN": 1,
        "R3_CONSENT_AFTER_DELIVERY": 2,
    }
    deliveries = {(d["member_id"], d["client_id"]): (d["at"], d["reason"][:2]) for d in found["deliveries"]}
    assert deliveries == {
        ("P01", "C1"): ("2019-04-09T15:00:00+00:00", "R1"),
        ("P02", "C1"): ("2019-05-09T15:00:00+00:00", "R2"),
        ("P04", "C1"): ("2019-04-09T15:00:00+00:00", "R3"),
        ("P05", "C1"): ("2019-04-09T15:00:00+00:00", "R1"),
        ("P09", "C2"): ("2019-02-28T15:00:00+00:00", "R1"),
        ("P11", "C1"): ("2019-04-30T15:00:00+00:00", "R3"),
        ("P12", "C1"): ("2019-04-30T15:00:00+00:00", "R1"),
    }


def test_earlier_window_tells_the_older_schemes_apart(road: Road) -> None:
    found = road("audit", "gap", "--since", "2019-02-01", "--until", SINCE, "--rule", "strict", "--json").json
    assert (found["members"], found["reasons"]) == (["P07"], {"R4_SCHEME_A_NO_CONSENT": 1})
    assert road("audit", "gap", "--since", "2019-02-01", "--until", SINCE, "--json").json["count"] == 0


def test_window_ends_now_or_at_the_moment_acted_at(road: Road) -> None:
    assert road("audit", "gap", "--since", SINCE, "--json").json["members"] == IN_RELEASE
    then = road("audit", "gap", "--since", SINCE, "--at", "2019-05-01T09:00:00+09:00", "--json").json
    assert then["until"] == "2019-05-01T00:00:00+00:00"
    assert then["members"] == ["P01", "P04", "P05", "P09", "P11", "P12"]


def test_other_season_has_its_own_members(road: Road) -> None:
    assert road("audit", "gap", *WINDOW, "--season", "2019", "--json").json["members"] == ["P10"]


def test_nothing_went_that_no_record_says(road: Road) -> None:
    for rule in ("release", "strict"):
        assert road("audit", "gap", *WINDOW, "--rule", rule, "--provided", "--json").json["count"] == 0


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("5 people in the consent gap", "still showed the words from before")),
        ("ja", ("同意取得不備の対象者 5人", "改定前の文面が残った画面")),
    ],
)
def test_person_is_told_number_reasons_and_members(
    road: Road, monkeypatch: pytest.MonkeyPatch, language: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("KANMON_LANG", language)
    told = road("audit", "gap", *WINDOW).out
    for word in (*words, "R1_PRE_REVISION_MEMBER", *IN_RELEASE):
        assert word in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--since", UNTIL, "--until", SINCE), "ends after it begins"),
        (("--since", "soon"), "--since soon"),
        (("--since", "2001-01-01"), "no season had opened"),
        ((*WINDOW, "--season", "1999"), "2019, 2020, 2021"),
    ],
)
def test_what_makes_no_sense_is_told(road: Road, arguments: tuple[str, ...], words: str) -> None:
    refused = road("audit", "gap", *arguments)
    assert (refused.status, refused.out) == (2, "")
    assert words in refused.err
