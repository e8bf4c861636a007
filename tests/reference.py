"""The pages of reference in docs, written from the code: `make reference` writes them, and a test holds them to it."""

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from kanmon.gate import rules
from kanmon.gate.decision import ReasonCode
from kanmon.gate.wording import MEANINGS
from tests.commands import loaded_command_line

DOCS = Path(__file__).parents[1] / "docs"


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each command and group under its words, the whole program under none."""
    yield words, group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*words, name))


def kanmon_commands() -> dict[tuple[str, ...], Any]:
    """All commands of the program."""
    return dict(commands(loaded_command_line()))


def commands_page() -> str:
    """A line for each command, under a heading for each group, with its options."""
    known = kanmon_commands()
    lines = [
        "# Commands",
        "",
        "`kanmon COMMAND --help` says more of each. Every command takes `--workspace DIR`; exit statuses: 0 done, 1 a",
        "failure of the program's own, 2 wrong usage, 3 done with rows refused, 4 refused by a rule.",
    ]
    for words, command in sorted(known.items(), key=lambda named: (len(named[0]) > 1, named[0])):
        if not words or getattr(command, "commands", None):
            continue
        options = " ".join(
            f"`{_written(option)}`" for option in command.params if option.name not in ("workspace", "help")
        )
        lines += ["", f"## `kanmon {' '.join(words)}`", "", _sentence(command), *(["", options] if options else [])]
    return "\n".join(lines) + "\n"


def reasons_page() -> str:
    """Each reason code with its meaning and the rules that answer it."""
    answered: dict[ReasonCode, list[ModuleType]] = {code: [] for code in ReasonCode}
    for name in sorted(path.stem for path in Path(rules.__path__[0]).glob("*.py") if path.stem != "__init__"):
        module = import_module(f"{rules.__name__}.{name}")
        for code in _codes(module):
            answered[code].append(module)
    lines = ["# Reason codes", "", "Why the gate denies, in the order in which it answers. Unknown is no."]
    for code in ReasonCode:
        lines += ["", f"## `{code.value}`", "", f"{MEANINGS[code][0].upper()}{MEANINGS[code][1:]}.", ""]
        lines += [f"- {_rule(module)}" for module in answered[code]]
    return "\n".join(lines).rstrip() + "\n"


PAGES = {"commands.md": commands_page, "reasons.md": reasons_page}


def _sentence(command: Any) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())


def _written(parameter: Any) -> str:
    is_option = parameter.param_type_name == "option"
    return max(parameter.opts, key=len) if is_option else str(parameter.name).upper()


def _codes(module: ModuleType) -> set[ReasonCode]:
    names = {
        node.attr
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ReasonCode"
    }
    return {ReasonCode[name] for name in names}


def _rule(module: ModuleType) -> str:
    about = " ".join((module.__doc__ or "").split())
    return f"`{module.__name__.rpartition('.')[2]}`: {about}"


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
