"""The table of commands says what there is, and listing them loads none."""

import inspect
import os
import pkgutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import get_args

import pytest
from typer.models import ParameterInfo

import kanmon
from kanmon.cli.app import CommandGroup, UnloadedCommand, command_line, function_of, show_version
from kanmon.cli.help_texts import first_paragraph
from kanmon.cli.log_options import logged
from kanmon.cli.table import COMMANDS, GROUPS, Command
from kanmon.cli.version import VERSION
from tests.commands import loaded_command_line, paths_in

ROOT = Path(__file__).parents[3]
LIGHT = """
import sys
from kanmon.cli.main import main
for arguments in (["--help"], ["--version"], ["recal"], ["recall"], ["recall", "--help"], ["recall", "shw"], []):
    sys.argv = ["kanmon", *arguments]
    try:
        main()
    except SystemExit:
        pass
sys.stderr.write("\\n" + " ".join(sys.modules))
"""
LISTING = {
    "kanmon", "kanmon.application", "kanmon.application.garbage", "kanmon.cli", "kanmon.cli.app",
    "kanmon.cli.help_texts", "kanmon.cli.id_options", "kanmon.cli.log_options", "kanmon.cli.main",
    "kanmon.cli.table", "kanmon.cli.terminal", "kanmon.cli.version", "kanmon.core", "kanmon.core.canonical",
    "kanmon.core.clock", "kanmon.core.errors", "kanmon.core.faults", "kanmon.core.language",
    "kanmon.core.settings",
}  # fmt: skip
"""All of Kanmon that lists its commands."""


def door_modules() -> list[str]:
    """Every module of commands, in whichever room."""
    known = (found.name for found in pkgutil.walk_packages(kanmon.__path__, "kanmon."))
    return [name for name in known if "cli" in name.split(".")]


def is_command(value: object, module: ModuleType) -> bool:
    if not isinstance(value, FunctionType) or value.__module__ != module.__name__:
        return False
    marks = [mark for p in inspect.signature(value).parameters.values() for mark in get_args(p.annotation)]
    return any(isinstance(mark, ParameterInfo) for mark in marks)


def test_every_function_that_takes_arguments_of_the_command_line_is_in_the_table() -> None:
    modules = [import_module(name) for name in door_modules()]
    functions = {value for module in modules for value in vars(module).values() if is_command(value, module)}
    known = {function_of(row.function) for row in COMMANDS}
    known |= {function_of(group.function) for group in GROUPS if group.function is not None}
    assert functions - known == {show_version, logged}
    assert not {function for function in known if not is_command(function, import_module(function.__module__))}


def test_no_command_is_in_the_table_twice_and_each_belongs_to_a_group_of_it() -> None:
    paths = Counter([row.path for row in COMMANDS] + [group.name for group in GROUPS])
    assert [path for path, times in paths.items() if times > 1] == []
    groups = {row.path.partition(" ")[0] for row in COMMANDS if " " in row.path}
    assert groups == {group.name for group in GROUPS}


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.path)
def test_the_help_in_the_table_is_what_the_function_says_of_itself(row: Command) -> None:
    doc = inspect.getdoc(function_of(row.function)) or ""
    assert doc.split()[: len(row.help.split())] == row.help.split()


def test_a_loaded_command_says_what_the_list_said() -> None:
    listed = command_line(str.upper)
    loaded = loaded_command_line(str.upper)
    assert list(paths_in(loaded)) == [
        *(row.path for row in COMMANDS if " " not in row.path),
        *(path for group in GROUPS for path in (group.name, *paths_of(group.name))),
    ]
    for name, command in loaded.commands.items():
        unloaded = listed.commands[name]
        assert isinstance(unloaded, UnloadedCommand)
        assert (command.name, command.help) == (name, unloaded.help)
        assert unloaded.short_help == first_paragraph(command.help or "")
        assert isinstance(command, CommandGroup) == (name in {group.name for group in GROUPS})


def paths_of(group: str) -> list[str]:
    return [row.path for row in COMMANDS if row.path.startswith(f"{group} ")]


def test_to_list_commands_loads_none() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    assert "Did you mean 'recall'" in done.stderr
    assert f"kanmon {VERSION}\n" in done.stdout
    loaded = done.stderr.splitlines()[-1].split()
    assert {name for name in loaded if name.partition(".")[0] == "kanmon"} == LISTING
    assert not {"pydantic", "rich", "numpy", "sqlalchemy", "asyncio", "importlib.metadata"} & set(loaded)


@pytest.mark.parametrize(
    ("words", "completed"),
    [("kanmon repl", "replay"), ("kanmon recall s", "show"), ("kanmon --vers", "--version")],
)
@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_a_shell_completes_commands(shell: str, words: str, completed: str) -> None:
    asked = {
        "_KANMON_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
        "_TYPER_COMPLETE_ARGS": words,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    program = "import sys; sys.argv = ['kanmon']; from kanmon.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | asked, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [completed]


def test_the_version_is_that_of_the_package() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"] == VERSION


def test_every_command_but_a_server_prints_json() -> None:
    assert set(without_json(loaded_command_line())) == {"serve", "worker"}


def without_json(group: CommandGroup, path: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, CommandGroup):
            yield from without_json(command, f"{path}{name} ")
        elif not any("--json" in parameter.opts for parameter in command.params):
            yield f"{path}{name}"
