"""The commands of `kanmon`: listed and completed from the table, and each loaded when it is called."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Annotated, Any

import typer
from typer._completion_classes import completion_init
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from kanmon.application.garbage import loading
from kanmon.cli.help_texts import first_paragraph, translate_help
from kanmon.cli.id_options import read_ids
from kanmon.cli.table import COMMANDS, GROUPS, HELP, Command, Group
from kanmon.cli.version import VERSION

Translate = Callable[[str], str]


class UnloadedCommand(TyperCommand):
    """A row of the table, as a list shows it; `load` makes the command or group itself."""

    def __init__(self, name: str, help_text: str, load: Callable[[], TyperCommand | TyperGroup]) -> None:
        super().__init__(name, help=help_text, short_help=first_paragraph(help_text), rich_markup_mode=None)
        self.load = load


class CommandGroup(TyperGroup):
    """A group whose commands are loaded one by one, when they are called."""

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        """`--help`, False where it isn't given: Typer loads Pydantic to find out what an absent flag is."""
        option: TyperOption | None = super().get_help_option(ctx)
        if option is not None:
            option.default = False
        return option

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that the arguments name, loaded, with the arguments that are left for it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, UnloadedCommand) else command, rest

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Names of commands and options, without help: Typer has Rich break that into lines, which fish offers too."""
        items = super().shell_complete(ctx, incomplete)
        for item in items:
            item.help = None
        return items


def command_line(translate: Translate) -> CommandGroup:
    """All commands, with their texts of help in the language of `translate`; shells may ask them for completions."""
    completion_init()
    single = [_unloaded(row, translate) for row in COMMANDS if " " not in row.path]
    groups = [UnloadedCommand(row.name, translate(row.help), partial(_group, row, translate)) for row in GROUPS]
    return _made_group("kanmon", HELP, show_version, [*single, *groups], translate)


def show_version(
    version: Annotated[bool, typer.Option("--version", help="Show the version, and exit.")] = False,
) -> None:
    """Do what `kanmon` does without a command."""
    if version:
        sys.stdout.write(f"kanmon {VERSION}\n")
        raise typer.Exit


def function_of(name: str) -> Callable[..., None]:
    """A function by the `module:name` of the table; loading its module is what a command costs before it begins."""
    module, _, attribute = name.partition(":")
    with loading():
        function: Callable[..., None] = getattr(import_module(module), attribute)
    return function


def _unloaded(row: Command, translate: Translate) -> UnloadedCommand:
    return UnloadedCommand(row.path.rpartition(" ")[2], translate(row.help), partial(_command, row, translate))


def _command(row: Command, translate: Translate) -> TyperCommand:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(row.path.rpartition(" ")[2], help=row.help)(function_of(row.function))
    command: TyperCommand = _finished(get_command(app), translate)
    return command


def _group(group: Group, translate: Translate) -> CommandGroup:
    function = None if group.function is None else function_of(group.function)
    commands = [_unloaded(row, translate) for row in COMMANDS if row.path.startswith(f"{group.name} ")]
    return _made_group(group.name, group.help, function, commands, translate)


def _made_group(
    name: str,
    help_text: str,
    function: Callable[..., None] | None,
    commands: Sequence[UnloadedCommand],
    translate: Translate,
) -> CommandGroup:
    app = typer.Typer(add_completion=False, rich_markup_mode=None, name=name, help=help_text, cls=CommandGroup)
    app.callback(invoke_without_command=function is not None, no_args_is_help=function is None)(function or _nothing)
    made: CommandGroup = _finished(get_command(app), translate)
    for command in commands:
        made.add_command(command)
    return made


def _finished(command: Any, translate: Translate) -> Any:
    translate_help(command, translate)
    read_ids(command)
    return command


def _nothing() -> None:
    """A group by itself does nothing."""
