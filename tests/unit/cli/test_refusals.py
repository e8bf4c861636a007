"""Refusals for programs, names that options had, and help: what every command has in common."""

import json
import sys
from pathlib import Path

import pytest

from kanmon.cli.app import FORMER_NAMES, sections_with_rest, with_new_names
from kanmon.cli.main import main
from kanmon.cli.table import COMMANDS, GROUPS, SECTIONS, Section
from tests.commands import loaded_command_line
from tests.reference import kanmon_commands

COMMANDS_WITH_OPTIONS = {words: command for words, command in kanmon_commands().items() if words}


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["kanmon", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["gate", "--workspace", "nowhere"], "WORKSPACE_MISSING"),
        (["gate", "--unknown"], "USAGE"),
        (["policy", "unknown"], "USAGE"),
        (["stop", "--all"], "USAGE"),
        (["audit", "gap", "--since", "never"], "USAGE"),
    ],
)
def test_with_json_a_refusal_is_the_one_object(
    arguments: list[str], code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = run(monkeypatch, *arguments)
    assert capsys.readouterr().out == ""
    assert run(monkeypatch, *arguments, "--json") == plain != 0
    told = capsys.readouterr()
    assert set(json.loads(told.out)["error"]) == {"code", "message", "values"}
    assert json.loads(told.out)["error"]["code"] == code
    assert told.err


def test_values_of_a_refusal_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "status", "--workspace", tmp_path, "--json") == 2
    assert json.loads(capsys.readouterr().out)["error"]["values"] == {"folder": str(tmp_path)}


@pytest.mark.parametrize("words", COMMANDS_WITH_OPTIONS, ids=" ".join)
def test_who_is_as_and_why_is_reason(words: tuple[str, ...]) -> None:
    names = {name for option in COMMANDS_WITH_OPTIONS[words].params for name in option.opts}
    former = names & set(FORMER_NAMES)
    assert former == ({"--person"} if words == ("account", "add") else set())


def test_former_names_are_still_taken_where_they_mean_nothing_else() -> None:
    names = {"--as", "--reason"}
    written = ["stop", "--person", "a", "--because=b", "--by", "c", "--", "--person"]
    assert with_new_names(written, names) == ["stop", "--as", "a", "--reason=b", "--as", "c", "--", "--person"]
    assert with_new_names(["--person", "a"], {"--as", "--person"}) == ["--person", "a"]
    assert with_new_names(["--because", "a"], {"--as"}) == ["--because", "a"]


def test_every_command_stands_in_one_section_and_an_unnamed_one_in_the_last() -> None:
    named = [name for section in SECTIONS for name in section.names]
    assert len(named) == len(set(named))
    assert set(named) <= {row.path for row in COMMANDS} | {group.name for group in GROUPS}
    sections = sections_with_rest(SECTIONS, [*named, "new"])
    assert [name for section in sections for name in section.names] == [*named, "new"]
    assert sections_with_rest((Section("One", ("a", "b")),), ["b"]) == [Section("One", ("b",))]


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_is_japanese_whole(flag: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("KANMON_LANG", "ja")
    for arguments in ([flag], ["stop", flag], ["policy", flag], ["load", flag]):
        assert run(monkeypatch, *arguments) == 0
        told = capsys.readouterr().out
        for english in ("Usage:", "Options:", "Commands:", "Arguments:", "[required]", "Show this", "First:"):
            assert english not in told
        assert "使い方" in told
    loaded_command_line()
    monkeypatch.setenv("KANMON_LANG", "en")
    assert run(monkeypatch, "load", flag) == 0
    assert "Arguments:" in capsys.readouterr().out
