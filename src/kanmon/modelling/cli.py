"""`kanmon evaluate` and `kanmon approve`: scores against outcomes, and models that were held back."""

import os
from collections.abc import Mapping
from dataclasses import asdict
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
from kanmon.cli.output import print_json, say
from kanmon.cli.tables import figure, print_table
from kanmon.core.ids import ClientId, ModelId
from kanmon.core.language import preferred_language, translations
from kanmon.modelling.evaluation import Evaluation
from kanmon.modelling.use_cases.approval import approve_held_model
from kanmon.modelling.use_cases.evaluation import evaluate_models


def evaluate(
    client: ClientsOption = None,
    season: SeasonOption = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare scores with loaded outcomes of the scored season."""
    with opened(workspace, at) as application:
        evaluations = evaluate_models(application, client_ids(client), season_id(season))
    _print_evaluations(evaluations, as_json)


def approve(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="For example C1-2.")],
    person: Annotated[str, typer.Option(help="The privacy owner who approves.")],
    because: Annotated[str, typer.Option(help="Why the model may be used although the acceptance rule held it.")],
    workspace: WorkspaceOption = None,
    at: AtOption = None,
) -> None:
    """Approve a model version that the acceptance rule held back."""
    with opened(workspace, at) as application:
        approve_held_model(application, ModelId(model), person, because)
    say(_("model %(model)s is approved by %(person)s"), model=model, person=person)


def _print_evaluations(evaluations: Mapping[ClientId, Evaluation], as_json: bool) -> None:
    """How well scores foresaw outcomes, a line for each client."""
    if as_json:
        print_json({client: asdict(evaluation) for client, evaluation in evaluations.items()})
        return
    heads = (_("client"), "n", _("positives"), "AUC", _("average precision"), "Brier", _("Brier of base rate"), "ECE")
    table = [list(heads)]
    table += [
        [
            client,
            str(e.n),
            str(e.positives),
            *map(figure, (e.auc, e.average_precision, e.brier, e.brier_of_base_rate, e.ece)),
        ]
        for client, e in evaluations.items()
    ]
    print_table(table)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
