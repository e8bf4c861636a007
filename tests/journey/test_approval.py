"""A model that ranks no better than chance is held until a person approves it; nobody is scored by it before."""

import csv
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from kanmon.application.application import stop_database
from tests.journey.command import Road, csv_rows, kanmon
from tests.journey.conftest import Ran

ONLY = ("--client", "AOBA")
REASON = ("--person", "佐藤 花子", "--because", "checked by hand")


@pytest.fixture(scope="module")
def held(season: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """A workspace that has run the main job on a season in which leaving had nothing to do with what people did."""
    folder = copytree(season, tmp_path_factory.mktemp("chance") / "season")
    leave_by_turns(folder / "outcomes.csv")
    road = Road(tmp_path_factory.mktemp("held") / "workspace")
    assert kanmon("init", road.root).status == 0
    try:
        assert road("load", folder).status == 0
        assert road("run", *ONLY).status == 0
        yield road
    finally:
        stop_database(road.root)


def leave_by_turns(outcomes: Path) -> None:
    """Every sixth applicant of the list leaves, all others join."""
    with outcomes.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with outcomes.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(
            row | {"outcome": "joined" if place % 6 else "offer_decline"} for place, row in enumerate(rows, start=1)
        )


def test_held_model_scores_nobody_until_a_person_approves_it(held: Road) -> None:
    before = held("run", *ONLY, "--json").json["clients"][0]
    assert before["model"]["model_id"] == "AOBA-1"
    assert before["model"]["is_accepted"] is False
    assert before["model"]["need"] is None or before["model"]["need"]["people"] > before["model"]["rows"]
    assert 0 < before["model"]["untrained"]["auc_active_days"] < 1
    assert "untrained" in held("train", *ONLY).out
    assert before["scored"] == 0
    assert before["not_scorable"]["MODEL_NOT_READY"] > 0
    [report] = held.reports("AOBA")
    assert {row[1] for row in csv_rows(report)[1:]} == {"スコアなし"}

    approved = held("approve", "AOBA-1", *REASON)
    assert approved.status == 0
    assert "AOBA-1" in approved.out
    assert held.rows("SELECT model_id, approved_by, because FROM model_approval") == [
        ("AOBA-1", "佐藤 花子", "checked by hand")
    ]
    after = held("run", *ONLY, "--json").json["clients"][0]
    assert after["model"]["is_new"] is False
    assert after["scored"] > 0
    assert after["provision"] == "provided"


@pytest.mark.parametrize(
    ("model", "said"),
    [("AOBA-2", "AOBA-1"), ("NOBODY-1", "NOBODY-1"), ("AOBA", "there is no model AOBA")],
)
def test_only_the_newest_version_of_a_client_is_approved(ran: Ran, model: str, said: str) -> None:
    approvals = ran.road.rows("SELECT count(*) FROM model_approval")
    refused = ran.road("approve", model, *REASON)
    assert (refused.status, refused.out) == (2, "")
    assert said in refused.err
    assert ran.road.rows("SELECT count(*) FROM model_approval") == approvals


@pytest.mark.parametrize("left_out", [REASON[:2], REASON[2:]])
def test_approval_names_who_and_why(ran: Ran, left_out: tuple[str, ...]) -> None:
    refused = ran.road("approve", "AOBA-1", *left_out)
    assert (refused.status, refused.out) == (2, "")
