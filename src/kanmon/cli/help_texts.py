"""What `--help` says, in the reader's language.

The text of a command is the docstring of its function or its `help=`, that of an option its `help=`; each is a message
id as it stands. All of them are translated at one place, when a command is loaded.
"""

from collections.abc import Callable, Iterator

import typer.core
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from kanmon.core.language import N_

_OF_TYPER = (
    N_("Arguments"), N_("Options"), N_("Commands"), N_("required"), N_("default: {default}"), N_("Missing command."),
    N_("No such command {name!r}."),
)  # fmt: skip
"""What Typer writes around our texts of help, by its own `gettext`."""
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


def speak(translate: Callable[[str], str]) -> None:
    """Have Typer write its own words (`_OF_TYPER`) by our catalogue; it has no other way to be told a language."""
    vars(typer.core)["_"] = lambda words: translate(words) if words in _OF_TYPER else words


def usage_heading(translate: Callable[[str], str]) -> str:
    """What stands before the line of use."""
    return translate(N_("Usage: "))


def spoken_help_option(option: TyperOption | None, translate: Callable[[str], str]) -> TyperOption | None:
    """`--help` in a language; False where it isn't given, or Typer loads Pydantic to find out what absent means."""
    if option is not None:
        option.default = False
        option.help = translate(N_("Show this help, and exit."))
    return option
