"""`kanmon audit drift`: models in use whose scores have shifted, or which outcomes belie.

The JSON object: `clients`, each with `client_id`, `model_id`, `run_id`, `stability_index`, `shift`, `mean_risk`,
`share_left`, `calibration` and `is_alarm`. Exit status 4 where there is an alarm: the client is stopped.
"""

import os
from typing import Annotated

import typer

from kanmon.audits.drift.service import AUDITOR, VERDICTS, Drift
from kanmon.audits.drift.shapes import DriftListResult, DriftResult
from kanmon.audits.fairness.use_cases import audit_drift as audit
from kanmon.cli.opening import AtOption, ClientsOption, JsonOption, WorkspaceOption, client_ids, opened
from kanmon.cli.output import print_json, say
from kanmon.core.errors import ModelDrifted
from kanmon.core.language import N_, preferred_language, translations


def audit_drift(
    client: ClientsOption = None,
    person: Annotated[str, typer.Option("--as", metavar="NAME", help="The privacy owner who audits.")] = AUDITOR,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look at models in use; a client with an alarm is stopped until the privacy owner resumes it (exit status 4)."""
    with opened(workspace, at, alone=False) as application:
        found = audit(application, client_ids(client), person)
    if as_json:
        print_json(DriftListResult(clients=[_facts(one) for one in found]))
    else:
        for one in found:
            _print(one)
    alarms = [one.client_id for one in found if one.is_alarm]
    if alarms:
        raise ModelDrifted(
            N_("the models of %(clients)s give an alarm; look at them, and sign with `kanmon resume --client`"),
            clients=", ".join(alarms),
        )


def _facts(one: Drift) -> DriftResult:
    return {
        "client_id": one.client_id,
        "model_id": one.model_id,
        "run_id": one.run_id,
        "stability_index": one.stability_index,
        "shift": one.shift.value,
        "mean_risk": one.mean_risk,
        "share_left": one.share_left,
        "calibration": one.calibration.value,
        "is_alarm": one.is_alarm,
    }


def _print(one: Drift) -> None:
    say(
        _("%(client)s, %(model)s: shift %(index)s, %(shift)s; mean risk %(mean)s, left %(left)s, %(calibration)s"),
        client=one.client_id,
        model=one.model_id,
        index=_figure(one.stability_index),
        shift=_(VERDICTS[one.shift]),
        mean=_figure(one.mean_risk),
        left=_figure(one.share_left),
        calibration=_(VERDICTS[one.calibration]),
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
