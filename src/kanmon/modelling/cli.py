"""`kanmon evaluate` and `kanmon approve`: scores against outcomes, and models that were held back."""

import os
from collections.abc import Mapping
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
from kanmon.clients.wording import TARGETS
from kanmon.core.ids import ClientId, ModelId
from kanmon.core.language import preferred_language, translations
from kanmon.modelling.evaluation import CategoryOutcome, Evaluation, Intervals
from kanmon.modelling.shapes import (
    ApprovalResult,
    ClientEvaluation,
    EvaluatedCategory,
    EvaluatedFigures,
    EvaluationResult,
)
from kanmon.modelling.use_cases.approval import approve_held_model
from kanmon.modelling.use_cases.evaluation import evaluate_models
from kanmon.pipeline.evaluation import SeasonEvaluation


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
    person: Annotated[str, typer.Option("--as", metavar="NAME", help="The privacy owner who approves.")],
    because: Annotated[
        str,
        typer.Option("--reason", metavar="WHY", help="Why the model may be used although the acceptance rule held it."),
    ],
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Approve a model version that the acceptance rule held back."""
    with opened(workspace, at) as application:
        approve_held_model(application, ModelId(model), person, because)
    if as_json:
        print_json(ApprovalResult(model=model, approved_by=person))
    else:
        say(_("model %(model)s is approved by %(person)s"), model=model, person=person)


def _print_evaluations(evaluations: Mapping[ClientId, SeasonEvaluation], as_json: bool) -> None:
    """How well scores foresaw outcomes, a line for each client, then its categories."""
    if as_json:
        result: EvaluationResult = {client: _facts(evaluated) for client, evaluated in evaluations.items()}
        print_json(result)
        return
    heads = (
        _("client"), "n", _("positives"), "AUC", _("by active days"), _("by recency"), _("average precision"),
        "Brier", _("Brier of base rate"), "ECE",
    )  # fmt: skip
    print_table([list(heads), *(_line(client, evaluated) for client, evaluated in evaluations.items())])
    say(_("in brackets: intervals of 95 % by the bootstrap, over those who left and those who stayed"))
    say(_("AUC, Brier and ECE judge the calibrated risk, which stays inside; the score is its position"))
    for client, evaluated in evaluations.items():
        if evaluated.partner_sites.partner_sites_n:
            say(
                _("%(client)s: history of partner sites counted of %(people)s people; AUC without it %(auc)s"),
                client=client,
                people=evaluated.partner_sites.partner_sites_n,
                auc=figure(evaluated.partner_sites.auc_without_partner_sites),
            )
        for part in evaluated.parts:
            say(
                _("%(client)s, who %(act)s: %(positives)s of %(n)s people; AUC %(auc)s"),
                client=client,
                act=_(TARGETS[part.predicted]),
                positives=part.figures.positives,
                n=part.figures.n,
                auc=_with_interval(part.figures.auc, part.intervals.auc_low, part.intervals.auc_high),
            )
        if evaluated.categories:
            say(_("categories of %(client)s"), client=client)
            columns = [_("symbol"), _("people in it"), _("left of them"), _("share that left"), _("lift")]
            print_table([columns, *_category_lines(evaluated)])


def _facts(evaluated: SeasonEvaluation) -> ClientEvaluation:
    return {
        **_figures(evaluated.figures, evaluated.intervals),
        "auc_active_days": evaluated.untrained.auc_active_days,
        "auc_recency": evaluated.untrained.auc_recency,
        "partner_sites_n": evaluated.partner_sites.partner_sites_n,
        "auc_without_partner_sites": evaluated.partner_sites.auc_without_partner_sites,
        "categories": [_category_facts(category) for category in evaluated.categories],
        "parts": [
            {"predicted": part.predicted.value, **_figures(part.figures, part.intervals)} for part in evaluated.parts
        ],
    }


def _figures(figures: Evaluation, intervals: Intervals) -> EvaluatedFigures:
    return {
        "n": figures.n,
        "positives": figures.positives,
        "auc": figures.auc,
        "average_precision": figures.average_precision,
        "brier": figures.brier,
        "brier_prior": figures.brier_prior,
        "ece": figures.ece,
        "auc_low": intervals.auc_low,
        "auc_high": intervals.auc_high,
        "average_precision_low": intervals.average_precision_low,
        "average_precision_high": intervals.average_precision_high,
    }


def _category_facts(category: CategoryOutcome) -> EvaluatedCategory:
    return {
        "symbol": category.symbol,
        "n": category.n,
        "left": category.left,
        "share_left": category.share_left,
        "lift": category.lift,
    }


def _line(client: ClientId, evaluated: SeasonEvaluation) -> list[str]:
    figures, spread = evaluated.figures, evaluated.intervals
    return [
        client,
        str(figures.n),
        str(figures.positives),
        _with_interval(figures.auc, spread.auc_low, spread.auc_high),
        figure(evaluated.untrained.auc_active_days),
        figure(evaluated.untrained.auc_recency),
        _with_interval(figures.average_precision, spread.average_precision_low, spread.average_precision_high),
        *map(figure, (figures.brier, figures.brier_prior, figures.ece)),
    ]


def _with_interval(value: float | None, low: float | None, high: float | None) -> str:
    return figure(value) if low is None or high is None else f"{figure(value)} [{figure(low)}, {figure(high)}]"


def _category_lines(evaluated: SeasonEvaluation) -> list[list[str]]:
    return [
        [one.symbol, str(one.n), str(one.left), figure(one.share_left), figure(one.lift)]
        for one in evaluated.categories
    ]


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
