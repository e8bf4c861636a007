"""The season of the release, replayed: what the audit sees, against what plain Python counts in the same logs."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from kanmon.consent.policy import text_sha256
from kanmon_stories.policy_texts import revised_text
from tests.journey.command import Done, kanmon

SCALE = 0.01
SINCE, UNTIL = datetime.fromisoformat("2019-03-01T00:00+09:00"), datetime.fromisoformat("2019-08-03T00:00+09:00")
FUNCTIONS = {"pre_entry", "event_booking", "briefing_booking", "web_test"}


@dataclass(frozen=True)
class Truth:
    """Who is who, counted from the folder alone; `deliveries` are (member, moment) of the members of 2020."""

    never_asked: set[str]
    deliveries: set[tuple[str, datetime]]
    uncovered: set[tuple[str, datetime]]


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    folder = tmp_path_factory.mktemp("replay") / "season"
    return kanmon("replay", "rikunabi-2020", "--scale", SCALE, "--keep", folder, "--json").json, folder


@pytest.fixture(scope="module")
def truth(replay: tuple[dict[str, Any], Path]) -> Truth:
    _, folder = replay
    members = {row["member_id"] for row in rows(folder / "members.parquet") if row["season"] == "2020"}
    used = {
        row["member_id"]
        for row in rows(folder / "events.parquet")
        if row["kind"] in FUNCTIONS and SINCE <= row["occurred_at"] < UNTIL
    }
    covered: dict[str, list[datetime]] = {}
    for act in rows(folder / "consents.parquet"):
        if act["text_sha256"] == text_sha256(revised_text()):
            covered.setdefault(act["member_id"], []).append(act["occurred_at"])
    deliveries = {
        (row["member_id"], row["as_of"])
        for row in pyarrow.csv.read_csv(folder / "applicants.csv").to_pylist()
        if row["member_id"] in members
    }
    uncovered = {
        (member, at) for member, at in deliveries if not any(agreed < at for agreed in covered.get(member, ()))
    }
    return Truth({member for member, _ in deliveries} - used, deliveries, uncovered)


def rows(file: Path) -> list[dict[str, Any]]:
    return [dict(row) for row in pq.read_table(file).to_pylist()]


def test_the_season_has_the_figures_of_the_release(replay: tuple[dict[str, Any], Path]) -> None:
    said, _ = replay
    assert said["clients"] == {"contracted": 38, "provided": 34}
    assert said["members"] == {"2019": 7_900, "2020": 8_200}
    assert said["targets"] == {"all": 748, "2019": 123, "2020": 625}


def test_the_audit_finds_just_those_whom_a_plain_count_finds(replay: tuple[dict[str, Any], Path], truth: Truth) -> None:
    said, _ = replay
    assert said["as_it_was"]["gap_release"] == len(truth.never_asked) == 80
    assert said["as_it_was"]["gap_strict"] == len({member for member, _ in truth.uncovered}) == 111
    assert said["as_it_was"]["provided"] == said["targets"]["all"]


def test_with_the_rules_on_nobody_in_the_gap_is_provided_and_nobody_with_consent_refused(
    replay: tuple[dict[str, Any], Path], truth: Truth
) -> None:
    with_rules = replay[0]["with_rules"]
    assert (with_rules["gap_release"], with_rules["gap_strict"]) == (0, 0)
    assert with_rules["provided"] == len({member for member, _ in truth.deliveries - truth.uncovered})
    refused = len({member for member, _ in truth.uncovered})
    assert with_rules["refused"] == {
        "DENY_CONSENT_OUTDATED": refused,
        "DENY_NOT_COVERED": refused,
        "DENY_NO_CONSENT": 123,  # browsers of 2019, which nobody asked anything
    }


def test_it_would_have_been_seen_on_the_first_day(replay: tuple[dict[str, Any], Path]) -> None:
    said, _ = replay
    assert (said["as_it_was"]["found_after_days"], said["with_rules"]["found_after_days"]) == (154, 1)


def test_december_adds_the_older_schemes_and_marks_what_is_invented() -> None:
    """26,060 people in all, of whom only the 7,983 of August are known apart; the rules let none of them through."""
    said = kanmon("replay", "rikunabi-december", "--scale", SCALE, "--json").json
    assert said["clients"] == {"contracted": 38, "provided": 37}
    assert said["as_it_was"]["gap_release"] == 80
    assert said["as_it_was"]["gap_strict"] == 80 + 31 + 123 + 18 + 8
    causes = dict(said["as_it_was"]["causes"])
    assert causes.pop("R1_PRE_REVISION_MEMBER") + causes.pop("R2_STALE_REGISTRATION_SCREEN") == 80
    assert causes == {"R3_CONSENT_AFTER_DELIVERY": 31, "R4_SCHEME_A_NO_CONSENT": 123, "R5_PRESITE_OR_HASH_MATCH": 26}
    assert said["invented"] == list(causes)
    assert (said["with_rules"]["gap_release"], said["with_rules"]["gap_strict"]) == (0, 0)


@pytest.mark.parametrize(
    ("options", "said"),
    [(("--scale", "0"), "--scale 0.0"), (("--scale", "11"), "--scale 11.0"), (("--keep", "."), "is not empty")],
)
def test_what_makes_no_sense_is_refused(options: tuple[str, ...], said: str) -> None:
    done = kanmon("replay", "rikunabi-2020", *options)
    assert (done.status, said in done.err) == (2, True)


def test_a_replay_leaves_a_database_of_the_users_own_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANMON_DATABASE_URL", "postgresql://nowhere.invalid/none")
    done: Done = kanmon("replay", "rikunabi-2020", "--scale", "0.01")
    assert (done.status, "KANMON_DATABASE_URL" in done.err) == (2, True)


def test_the_aftermath_finds_tells_and_asks_by_command(replay: tuple[dict[str, Any], Path], truth: Truth) -> None:
    told, _ = replay
    aftermath = told["aftermath"]
    assert aftermath["affected"] == aftermath["notices"] == len(truth.never_asked)
    assert aftermath["requests"] == 0  # with the rules on, nothing of theirs had gone
    assert aftermath["checked"] == [True, False]
    assert aftermath["seconds"].keys() == aftermath["in_2019_after_days"].keys()
