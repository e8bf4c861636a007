"""IDs in arguments and options go by the rule for IDs, in every command."""

from typing import Annotated

import pytest
import typer
from typer.core import TyperArgument, TyperOption
from typer.main import get_command

from kanmon.cli.help_texts import help_bearers
from kanmon.cli.id_options import read_id, read_ids
from kanmon.core.canonical import IdRefused
from tests.commands import loaded_command_line

IDS = {"member", "client", "season", "screen", "reject", "incident", "policy"}


def test_every_argument_and_option_that_takes_an_id_reads_it_by_the_rule() -> None:
    command = loaded_command_line()
    options = [one for one in help_bearers(command) if isinstance(one, TyperArgument | TyperOption) and one.name in IDS]
    assert len(options) > 20
    assert [one.name for one in options if one.callback is not read_id] == []


def test_an_id_is_canonical_or_refused() -> None:
    small = typer.Typer()
    given: list[tuple[str, list[str] | None]] = []

    @small.command()
    def tell(
        member: Annotated[str, typer.Argument(metavar="MEMBER")],
        client: Annotated[list[str] | None, typer.Option("--client", metavar="C")] = None,
    ) -> None:
        given.append((member, client))

    command = get_command(small)
    read_ids(command)
    command.main(["Ｍ１", "--client", "X\u200b", "--client", '="Y"'], standalone_mode=False)
    assert given == [("M1", ["X", "Y"])]
    with pytest.raises(IdRefused, match="#N/A” is an error or a formula"):
        command.main(["#N/A"], standalone_mode=False)
