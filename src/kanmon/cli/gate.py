"""`kanmon gate`: ask the gate about every applicant."""

from typing import Annotated

import typer

from kanmon.cli.opening import AtOption, ClientsOption, JsonOption, SeasonOption, WorkspaceOption
from kanmon.cli.printing import print_gate
from kanmon.cli.running import running
from kanmon.gate.decision import Use


def gate(
    client: ClientsOption = None,
    season: SeasonOption = None,
    use: Annotated[Use, typer.Option(help="What the data would be used for.")] = Use.PROVIDE,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the gate about every applicant, and say why it denies."""
    with running("gate", client, season, workspace, at) as (run, clients):
        run.gate(clients, use)
    print_gate(clients, as_json)
