"""`kanmon evaluate` and `kanmon approve`: scores against outcomes, and models that were held back."""

import os
from typing import Annotated

import typer

from kanmon.cli.opening import (
    AtOption,
    ClientsOption,
    JsonOption,
    SeasonOption,
    WorkspaceOption,
    client_ids,
    opened,
    season_id,
)
from kanmon.cli.output import say
from kanmon.cli.printing import print_evaluation
from kanmon.ids import ModelId
from kanmon.language import preferred_language, translations


def evaluate(
    client: ClientsOption = None,
    season: SeasonOption = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare scores with loaded outcomes of the scored season."""
    with opened(workspace, at) as application:
        evaluations = application.evaluate(client_ids(client), season_id(season))
    print_evaluation(evaluations, as_json)


def approve(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="For example C1-2.")],
    person: Annotated[str, typer.Option(help="The privacy owner who approves.")],
    because: Annotated[str, typer.Option(help="Why the model may be used although the acceptance rule held it.")],
    workspace: WorkspaceOption = None,
    at: AtOption = None,
) -> None:
    """Approve a model version that the acceptance rule held back."""
    with opened(workspace, at) as application:
        application.approve(ModelId(model), person, because)
    say(_("model %(model)s is approved by %(person)s"), model=model, person=person)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
