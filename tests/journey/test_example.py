"""`kanmon init --example`: from nothing to a first report, with the commands that the program names."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journey.command import Road, kanmon


def test_the_example_leads_to_a_first_report(
    tmp_path: Path, workspace: Callable[[Road | None], Road], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KANMON_LANG", "en")
    folder = tmp_path / "example"
    made = kanmon("init", "--example", folder)
    assert (made.status, made.err) == (0, "")
    assert f"kanmon load {folder}" in made.out
    road = workspace(None)
    assert road("check", folder).status == 0
    assert road("load", folder).status == 0
    run = road("run", "--json")
    assert run.status == 0
    [client] = run.json["clients"]
    assert client["provided"] > 100
    assert len(road.reports("AOBA")) == 1


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine", encoding="utf-8")
    refused = kanmon("init", "--example", tmp_path)
    assert refused.status == 2
    assert str(tmp_path) in refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_schema_is_printed_for_programs_and_for_people() -> None:
    printed, as_json = kanmon("schema"), kanmon("schema", "--json")
    assert json.loads(printed.out) == as_json.json
    assert as_json.json["properties"]["law"]["enum"]
