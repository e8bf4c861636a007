"""What `--help` says, in the reader's language.

The text of a command is the docstring of its function or its `help=`, that of an option its `help=`; each is a message
id as it stands. All of them are translated at one place, when a command is loaded.
"""

from collections.abc import Callable, Iterator

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

HelpBearer = TyperGroup | TyperCommand | TyperArgument | TyperOption


def help_bearers(command: object) -> Iterator[HelpBearer]:
    """A command, its arguments and options, and those of every command below it: whatever has a text of help."""
    if isinstance(command, TyperGroup | TyperCommand):
        yield command
        yield from (part for part in command.params if isinstance(part, TyperArgument | TyperOption))
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            yield from help_bearers(below)


def first_paragraph(text: str) -> str:
    """What lists show of a text of help."""
    return text.partition("\n\n")[0]


def translate_help(command: object, translate: Callable[[str], str]) -> None:
    """Put every text of help of a tree of commands into another language; lists show first paragraphs whole."""
    for bearer in help_bearers(command):
        if bearer.help:
            bearer.help = translate(bearer.help)
            if isinstance(bearer, TyperGroup | TyperCommand):
                bearer.short_help = first_paragraph(bearer.help)
