"""`kanmon revision` from draft to active and beyond, step by step, each by whoever may take it (POL-01 to POL-04)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kanmon.application.application import Application, stop_database
from kanmon.cli.progress import LineProgress
from kanmon.consent.policy import text_sha256
from kanmon.jobs.use_cases.timetable import Timetable
from tests.journey.command import Done, Road
from tests.portals.board import DemoBoard, served
from tests.portals.revised_season import (
    ADDED,
    ASKED_AT,
    DAY,
    DRAFTED_AT,
    HOUR,
    MEMBERS,
    PERSONS,
    REVISED_AT,
    SCREENS,
    TEXTS,
    click,
    drafted,
    held,
    prepare,
    shown,
    written,
)

JOBS = "SELECT kind, state FROM job WHERE kind <> 'recall' ORDER BY job_no"
ROUNDS = "SELECT count(*) FROM coverage_run WHERE is_round"
ANSWERS = ("--purpose", "名を一つ加える", "--scope", "全画面", "--content", "提供先")


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    road, _ = prepare(tmp_path_factory.mktemp("revised"))
    yield road
    stop_database(road.root)


@pytest.fixture(scope="module")
def board() -> Iterator[DemoBoard]:
    with served() as board:
        board.screens = SCREENS
        show_everywhere(board, TEXTS["4"])
        yield board


def show_everywhere(board: DemoBoard, text: str) -> None:
    for screen in SCREENS:
        board.pages[f"/{screen.lower()}"] = lambda asked: shown(text)


def step(road: Road, name: str, by: str, *said: object, at: datetime = DRAFTED_AT) -> Done:
    command, *rest = name.split()
    return road("revision", command, *rest, *said, "--as", by, "--at", at.isoformat(), "--json")


def look(road: Road, board: DemoBoard, at: datetime, *chosen: str) -> Done:
    return in_a_process(road, "audit", "coverage", "--base", board.base, "--at", at.isoformat(), *chosen)


def in_a_process(road: Road, *command: str) -> Done:
    """In a process of its own: a browser needs a thread without a loop."""
    done = subprocess.run(
        [sys.executable, "-m", "kanmon", *command, "--workspace", road.root],
        capture_output=True, text=True, env={**os.environ, "KANMON_LANG": "en"}, check=False,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


def refused(done: Done, code: str) -> None:
    assert (done.status, done.json["error"]["code"]) == (4, "REVISION_REFUSED")
    assert f"[{code}]" in done.err


def test_the_whole_way(road: Road, board: DemoBoard, tmp_path: Path) -> None:  # noqa: PLR0915 - it is a long way
    draft = tmp_path / "draft.yaml"
    misquoted = drafted()
    misquoted["clauses"][0]["elements"]["means"]["quote"] = "鳩で"
    draft.write_text(written(misquoted), encoding="utf-8")
    refused(step(road, "draft", "operator", draft, "--policy", "privacy"), "NOT_YOUR_MOVE")
    begun = step(road, "draft", "author", draft, "--policy", "privacy")
    assert (begun.status, begun.json["state"]) == (0, "DRAFT")
    refused(step(road, "model 1", "author"), "NOT_QUOTED")
    incomplete = drafted()
    del incomplete["clauses"][0]["elements"]["withdrawal"]
    draft.write_text(written(incomplete), encoding="utf-8")
    assert step(road, "redraft 1", "author", draft).json["state"] == "DRAFT"
    assert step(road, "model 1", "author").json["state"] == "MODELLED"
    refused(step(road, "check 1", "legal"), "TEXT_REFUSED")

    draft.write_text(written(drafted()), encoding="utf-8")
    assert step(road, "redraft 1", "author", draft).status == 0
    refused(step(road, "check 1", "legal"), "WRONG_STATE")
    for name, by in (("model 1", "author"), ("check 1", "legal"), ("impact 1", "author")):
        done = step(road, name, by)
        assert done.status == 0, done.err
    impact = done.json["steps"][-1]["details"]
    assert impact["screens"] == sorted(SCREENS)
    assert {one["client_id"]: one["held_for_new_words"] for one in impact["clients"]} == {
        "C1": 0, "C2": 0, "C3CO": PERSONS,
    }  # fmt: skip

    refused(step(road, "remove-screen 1 WEB_TEST", "owner", "--reason", " "), "REASON_EMPTY")
    refused(step(road, "remove-screen 1 SCOUT", "owner", "--reason", "gone"), "NOT_IN_IMPACT")
    refused(step(road, "confirm 1", "second-hat", "--reflected"), "TWO_PERSON_RULE")
    refused(step(road, "confirm 1", "operator"), "NOT_CONFIRMED")
    refused(step(road, "review 1", "owner", *ANSWERS), "OPERATOR_MISSING")
    assert step(road, "confirm 1", "operator", "--reflected").status == 0
    assert step(road, "advise 1", "advocate", "--reason", "読んで分かります").status == 0
    for place in (1, 3, 5):
        empty = [" " if number == place else word for number, word in enumerate(ANSWERS)]
        refused(step(road, "review 1", "owner", *empty), "ANSWER_EMPTY")
    assert step(road, "review 1", "owner", *ANSWERS).json["state"] == "REVIEWED"
    refused(step(road, "schedule 1", "owner", at=REVISED_AT), "NOT_IN_THE_FUTURE")
    scheduled = step(road, "schedule 1", "owner").json
    assert scheduled["steps"][-1]["details"] == {"seasons_under_way": ["2027"]}
    refused(step(road, "deploy 1", "operator"), "NOT_YET_EFFECTIVE")
    assert step(road, "deploy 1", "operator", at=REVISED_AT + HOUR).json["state"] == "DEPLOYING"

    board.pages["/registration"] = lambda asked: shown(TEXTS["3"])
    board.linked.append("/campaign")
    board.pages["/campaign"] = lambda asked: shown(TEXTS["3"])
    assert look(road, board, REVISED_AT + 2 * HOUR).status == 4
    done = step(road, "activate 1", "owner", at=REVISED_AT + 3 * HOUR)
    refused(done, "SCREEN_UNVERIFIED")
    assert f"REGISTRATION (ja): expected {text_sha256(TEXTS['4'])}, found {text_sha256(TEXTS['3'])}" in done.err
    assert "WEB_TEST" not in done.err
    assert "[UNREGISTERED_CONSENT_SURFACE]" in done.err
    assert road("revision", "show", 1, "--json").json["state"] == "DEPLOYING"
    assert road.rows("SELECT count(*) FROM consent_assessment") == [(0,)]
    click(road, tmp_path / "early", MEMBERS[:1], REVISED_AT + 3 * HOUR)
    assert held(road, ASKED_AT)["C3CO"] == PERSONS

    show_everywhere(board, TEXTS["4"])
    board.linked.clear()
    mended = look(road, board, REVISED_AT + 6 * HOUR)
    assert mended.status == 0, mended.out
    active = step(road, "activate 1", "owner", at=REVISED_AT + 7 * HOUR)
    assert [one["state"] for one in active.json["steps"][-2:]] == ["VERIFIED", "ACTIVE"]
    assert held(road, ASKED_AT) == {"C1": 0, "C2": 0, "C3CO": PERSONS - 1}
    assert road.rows("SELECT count(*) FROM notice WHERE kind = 'reconsent_request'") == [(PERSONS - 1,)]
    assert road("revision", "ask", 1, "--at", ASKED_AT.isoformat(), "--json").json == {"asked": PERSONS - 1}
    click(road, tmp_path / "clicks", MEMBERS[1:51], REVISED_AT + DAY)
    assert held(road, ASKED_AT)["C3CO"] == PERSONS - 51
    told = road("revision", "held", "--at", ASKED_AT.isoformat(), "--json").json
    assert told["clients"] == {"C1": 0, "C2": 0, ADDED.client_id: PERSONS - 51}
    assert road("audit", "ledger").status == 0


def test_a_round_is_made_when_the_last_is_too_old_whoever_made_that(
    road: Road, board: DemoBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KANMON_BOARD_ORIGINS", board.base)  # the worker that takes the job is another process
    often, daily = (Timetable(every, board.base) for every in (timedelta(microseconds=1), DAY))
    [(rounds,)] = road.rows(ROUNDS)
    with Application.open(road.root, None, LineProgress(), alone=False) as application:
        for _ in range(2):
            often.ask(application)
        assert road.rows(JOBS) == [("coverage", "waiting")]
        in_a_process(road, "worker", "--until-empty", "--at", ASKED_AT.isoformat())
        assert road.rows(JOBS) == [("coverage", "done")]
        assert road.rows(ROUNDS) == [(rounds + 1,)]
        road.change("DELETE FROM job")  # as if somebody had made that round by `kanmon audit coverage`
        daily.ask(application)
        assert road.rows(JOBS) == []
        often.ask(application)
        assert road.rows(JOBS) == [("coverage", "waiting")]
