"""The commands of `kanmon`: listed and completed from the table, and each loaded when it is called."""

import sys
from collections.abc import Callable, Collection, Sequence
from functools import partial
from importlib import import_module
from typing import Annotated, Any

import typer
from typer._completion_classes import completion_init
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from kanmon.application.garbage import loading
from kanmon.cli.help_texts import first_paragraph, speak, spoken_help_option, translate_help, usage_heading
from kanmon.cli.id_options import read_ids
from kanmon.cli.log_options import log_options
from kanmon.cli.table import COMMANDS, GROUPS, HELP, OTHER, SECTIONS, Command, Group, Section
from kanmon.cli.version import VERSION

Translate = Callable[[str], str]


ROOT = "kanmon"
FORMER_NAMES = {"--person": "--as", "--by": "--as", "--because": "--reason"}
"""Names that options had, and have no longer where a command has the new one: still accepted, and not listed."""


class SpokenCommand(TyperCommand):
    """A command whose help is in the reader's language whole, and which takes former names of its options."""

    translate: Translate = staticmethod(str)

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """The line of use, with its heading."""
        formatter.write_usage(
            ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix=usage_heading(self.translate)
        )

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        """`--help`, in the reader's language."""
        return spoken_help_option(super().get_help_option(ctx), self.translate)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments, former names as the new ones."""
        names = {name for param in self.params for name in param.opts}
        written: list[str] = super().parse_args(ctx, with_new_names(args, names))
        return written


class UnloadedCommand(TyperCommand):
    """A row of the table, as a list shows it; `load` makes the command or group itself."""

    def __init__(self, name: str, help_text: str, load: Callable[[], TyperCommand | TyperGroup]) -> None:
        super().__init__(name, help=help_text, short_help=first_paragraph(help_text), rich_markup_mode=None)
        self.load = load


class CommandGroup(TyperGroup):
    """A group whose commands are loaded one by one, when they are called."""

    translate: Translate = staticmethod(str)
    sections: Sequence[Section] = ()

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """The line of use, with its heading."""
        formatter.write_usage(
            ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix=usage_heading(self.translate)
        )

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The commands under their sections, in the order of these; of a group without sections, in one list."""
        if not self.sections:
            super().format_commands(ctx, formatter)
            return
        limit = formatter.width - 6 - max(map(len, self.commands))
        for section in sections_with_rest(self.sections, list(self.commands)):
            with formatter.section(self.translate(section.heading)):
                formatter.write_dl([(name, self.commands[name].get_short_help_str(limit)) for name in section.names])

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        """`--help`, in the reader's language."""
        return spoken_help_option(super().get_help_option(ctx), self.translate)

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
    speak(translate)
    root = _made_group(ROOT, HELP, show_version, [*single, *groups], translate)
    root.sections = SECTIONS
    return root


def with_new_names(args: Sequence[str], names: Collection[str]) -> list[str]:
    """The arguments, with former names of options as the new ones where the command has these alone."""
    written, ended = [], False
    for word in args:
        name, sign, value = word.partition("=")
        ended = ended or word == "--"
        new = FORMER_NAMES.get(name)
        is_former = new in names and name not in names and not ended
        written.append(f"{new}{sign}{value}" if is_former else word)
    return written


def sections_with_rest(sections: Sequence[Section], names: Sequence[str]) -> list[Section]:
    """The sections that name one of the commands, and one for those that none names."""
    known = {name for section in sections for name in section.names}
    kept = [Section(one.heading, tuple(name for name in one.names if name in names)) for one in sections]
    rest = Section(OTHER, tuple(name for name in names if name not in known))
    return [section for section in (*kept, rest) if section.names]


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
    app.command(row.path.rpartition(" ")[2], help=row.help, cls=SpokenCommand)(function_of(row.function))
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
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        name=name,
        help=help_text,
        cls=CommandGroup,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback(invoke_without_command=function is not None, no_args_is_help=function is None)(function or _nothing)
    made: CommandGroup = _finished(get_command(app), translate)
    for command in commands:
        made.add_command(command)
    return made


def _finished(command: Any, translate: Translate) -> Any:
    command.params += log_options(is_listed=command.name == ROOT)
    translate_help(command, translate)
    command.translate = translate
    read_ids(command)
    return command


def _nothing() -> None:
    """A group by itself does nothing."""
