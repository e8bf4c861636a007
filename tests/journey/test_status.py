"""`kanmon status` and `kanmon runs`: what somebody who comes to a workspace asks first."""

from collections.abc import Callable

import pytest

from tests.journey.command import Road
from tests.journey.conftest import Ran


def test_a_workspace_that_has_run_tells_how_it_stands(ran: Ran) -> None:
    status = ran.road("status", "--json").json
    runs = {run["run_id"]: run for run in ran.road("runs", "--json").json["runs"]}
    assert {table["dataset"] for table in status["loaded"]} >= {"members", "events", "applicants", "consents"}
    assert all(table["rows"] > 0 == table["refused"] for table in status["loaded"])
    provided = {client["client_id"]: client["provided"] for client in ran.run.json["clients"]}
    clients = {client["client_id"]: client for client in status["clients"]}
    assert set(clients) == set(provided)
    for name, count in provided.items():
        assert clients[name]["persons"] == count
        assert clients[name]["scored_by"] in (None, *runs)
    assert clients["AOBA"]["model_id"] == "AOBA-1"
    assert clients["AOBA"]["scores"] >= provided["AOBA"] > 0
    assert clients["MINATO"]["model_id"] is None
    assert status["waiting"]["reviews"] == len(ran.road("link", "review", "--json").json["waiting"])
    assert status["waiting"]["holds"] == len(ran.road("hold", "list", "--json").json["holds"])
    run = runs[ran.run.json["run_id"]]
    assert (run["command"], run["is_finished"]) == ("run", True)


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("AOBA-1", "last provided", "free")), ("ja", ("AOBA-1", "最終提供", "空き"))]
)
def test_a_person_reads_it(ran: Ran, monkeypatch: pytest.MonkeyPatch, language: str, words: tuple[str, ...]) -> None:
    monkeypatch.setenv("KANMON_LANG", language)
    told = ran.road("status")
    assert (told.status, told.err) == (0, "")
    assert all(word in told.out for word in words)
    assert ran.run.json["run_id"] in ran.road("runs").out


def test_an_empty_workspace_names_what_to_do_next(
    workspace: Callable[[Road | None], Road], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KANMON_LANG", "en")
    road = workspace(None)
    assert "next: kanmon load" in road("status").out
    assert "next: kanmon run" in road("runs").out
    status = road("status", "--json").json
    assert (status["loaded"], status["clients"], sum(status["waiting"].values())) == ([], [], 0)


def test_a_stop_shows(workspace: Callable[[Road | None], Road], loaded: Road) -> None:
    road = workspace(loaded)
    assert road("stop", "--client", "AOBA", "--person", "mori", "--because", "a test").status == 0
    stopped = {client["client_id"]: client["is_stopped"] for client in road("status", "--json").json["clients"]}
    assert [name for name, is_stopped in stopped.items() if is_stopped] == ["AOBA"]
