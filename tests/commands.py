"""The command line with every command loaded, as no user ever has it."""

from collections.abc import Callable, Iterator

from kanmon.cli.app import CommandGroup, UnloadedCommand, command_line


def loaded_command_line(translate: Callable[[str], str] = str) -> CommandGroup:
    root = command_line(translate)
    load_all(root)
    return root


def load_all(group: CommandGroup) -> None:
    for name, command in group.commands.items():
        assert isinstance(command, UnloadedCommand)
        loaded = command.load()
        group.commands[name] = loaded
        if isinstance(loaded, CommandGroup):
            load_all(loaded)


def paths_in(group: CommandGroup) -> Iterator[str]:
    """The paths of all commands and groups below a loaded group."""
    for name, command in group.commands.items():
        yield name
        if isinstance(command, CommandGroup):
            yield from (f"{name} {path}" for path in paths_in(command))
