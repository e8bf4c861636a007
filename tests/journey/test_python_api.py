"""Kanmon from Python: the example of `docs/api.md` as it stands there, and no name of it goes round the gate."""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import kanmon
from kanmon.api import OpenedWorkspace
from kanmon.application.application import stop_database
from kanmon.core.errors import ProvidingStopped, WorkspaceMissing
from tests.journey import command
from tests.journey.command import Road

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
PUBLIC = {"load", "gate", "run", "scores", "explain", "audit_gap"}


class Played(NamedTuple):
    """A workspace on which the page's example was run, and what its lines left."""

    road: Road
    names: Mapping[str, Any]
    board: OpenedWorkspace
    members: list[str]


def public_names(of: object) -> set[str]:
    return {name for name in vars(of) if not name.startswith("_")}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, empty: Road) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("api")
    road = empty.copy_to(folder / "work")
    assert command.kanmon("init", "--example", folder / "season").status == 0
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as here:
        here.chdir(folder)
        for lines in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
            exec(lines, names)
    with (folder / "season" / "members.csv").open(encoding="utf-8-sig", newline="") as file:
        members = [row["member_id"] for row in csv.DictReader(file)]
    yield Played(road, names, names["board"], members)
    stop_database(road.root)


def scored(board: OpenedWorkspace) -> set[str]:
    return {row["applicant_id"] for row in board.scores("AOBA") if row["score"] is not None}


def test_the_example_of_the_page_runs(played: Played) -> None:
    assert played.names["ran"]["clients"][0]["provided"] == len(scored(played.board)) > 100
    assert list(played.names["frame"].columns)[:3] == ["client_id", "applicant_id", "decision"]
    assert len(played.names["frame"]) == len(played.names["scores"]) == 300
    assert played.names["gap"]["rule"] == "release"


def test_the_page_names_every_public_name_and_there_is_no_other() -> None:
    assert public_names(kanmon) & {"open"} == {"open"}
    assert public_names(OpenedWorkspace) - set(OpenedWorkspace.__annotations__) == PUBLIC
    assert set(re.findall(r"^\| `\.(\w+)\(", PAGE, re.MULTILINE)) == PUBLIC


def test_a_folder_that_is_no_workspace_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceMissing):
        kanmon.open(tmp_path)


def test_nobody_has_a_score_whom_the_gate_does_not_clear_for_it(played: Played) -> None:
    answers = played.board.gate()
    cleared = {row["applicant_id"] for row in answers if row["decision"] == "allow"}
    denied = {row["applicant_id"] for row in answers if row["decision"] == "deny"}
    assert scored(played.board) <= cleared
    assert denied
    assert not scored(played.board) & denied
    told = [played.board.explain(member) for member in played.members[-12:]]
    assert all(view["scores"] == [] or view["consents"] for view in told)
    shown = {row["applicant_id"] for view in told for row in view["scores"] if row["score"] is not None}
    assert not shown & denied


def test_who_withdraws_has_no_score_under_any_name_and_a_stop_closes_all(played: Played) -> None:
    board = played.board
    before = scored(board)
    member, applicant = next(
        (member, view["scores"][0]["applicant_id"])
        for member in reversed(played.members)
        if (view := board.explain(member))["provisions"] and view["scores"][0]["applicant_id"] in before
    )
    assert played.road("subject", "withdraw", member).status == 0
    assert scored(board) == before - {applicant}
    [answer] = [row for row in board.gate() if row["applicant_id"] == applicant]
    assert (answer["decision"], "DENY_CONSENT_WITHDRAWN" in answer["reasons"]) == ("deny", True)
    board.run()
    assert applicant not in scored(board)
    assert played.road("stop", "--all", "--because", "a look", "--person", "owner").status == 0
    with pytest.raises(ProvidingStopped):
        board.scores("AOBA")
    ran = board.run()
    assert [client.get("provided") for client in ran["clients"]] in ([0], [None])
