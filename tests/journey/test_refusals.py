"""What a command that can't go on says: what is wrong, and what to do."""

import fcntl
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from tests.journey.command import Road, kanmon
from tests.journey.conftest import Ran

MakeWorkspace = Callable[[Road | None], Road]


@pytest.mark.parametrize("command", ["run", "gate", "provide", "evaluate"])
def test_unknown_client_is_told_with_those_known(ran: Ran, command: str) -> None:
    refused = ran.road(command, "--client", "NOBODY")
    assert (refused.status, refused.out) == (2, "")
    assert "NOBODY" in refused.err
    assert "AOBA" in refused.err
    assert "KITAHAMA" in refused.err


@pytest.mark.parametrize("command", ["run", "gate", "evaluate"])
def test_empty_workspace_says_what_to_do_first(workspace: MakeWorkspace, command: str) -> None:
    refused = workspace(None)(command, "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "USAGE")
    assert "kanmon load" in refused.err


def test_folder_that_is_no_workspace_says_what_to_do_first(tmp_path: Path) -> None:
    refused = kanmon("run", "--workspace", tmp_path)
    assert (refused.status, refused.out) == (2, "")
    assert "kanmon init" in refused.err


@pytest.mark.parametrize("arguments", [["fly"], ["run", "--high"], ["load"]])
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    refused = kanmon(*arguments)
    assert (refused.status, refused.out) == (2, "")
    assert refused.err


def test_two_commands_at_once_are_one_too_many(ran: Ran) -> None:
    with (ran.road.root / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = ran.road("run")
    assert (refused.status, refused.out) == (1, "")
    assert "[WORKSPACE_BUSY]" in refused.err
    assert ran.road("gate", "--client", "AOBA").status == 0


def test_refused_row_is_told_and_the_good_ones_kept(season: Path, workspace: MakeWorkspace, tmp_path: Path) -> None:
    road = workspace(None)
    folder = copytree(season, tmp_path / "season")
    lines = (season / "applicants.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    broken = lines[5].split(",")
    broken[4] = '"soon"'
    (folder / "applicants.csv").write_text("".join([*lines[:5], ",".join(broken), *lines[6:]]), encoding="utf-8")

    loaded = road("load", folder, "--json")
    assert loaded.status == 3
    [file] = [file for file in loaded.json["files"] if file["dataset"] == "applicants"]
    assert (file["new"], file["refused"]) == (len(lines) - 2, 1)
    [[line, column, value, _]] = file["sample"]
    assert (line, column, value) == (6, "as_of", "soon")
    assert "soon" in Path(file["rejected"]).read_text(encoding="utf-8-sig")
