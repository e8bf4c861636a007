"""`kanmon gate`: ask the gate about every applicant."""

import os
import sys
from collections.abc import Sequence
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
from kanmon.core.language import preferred_language, translations
from kanmon.gate.decision import REASON_ORDER, ReasonCode, Use
from kanmon.gate.shapes import GateResult
from kanmon.gate.told import ReportedAnswer, told
from kanmon.gate.wording import MEANINGS
from kanmon.pipeline.gate_run import ClientRun
from kanmon.pipeline.use_cases.gating import gate_run


def gate(
    client: ClientsOption = None,
    season: SeasonOption = None,
    use: Annotated[Use, typer.Option(help="What the data would be used for.")] = Use.PROVIDE,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the gate about every applicant, and say why it denies."""
    with opened(workspace, at) as application:
        run = gate_run(application)
        clients = run.begin("gate", client_ids(client), season_id(season))
        run.gate(clients, use)
        run.finish()
    _print_answers(clients, as_json)


def _print_answers(clients: Sequence[ClientRun], as_json: bool) -> None:
    """The gate's answer for each applicant, and how many each reason denies."""
    counts: dict[str, int] = {}
    rows: list[ReportedAnswer] = []
    for client in clients:
        assert client.gate is not None
        for denied_by, count in client.gate.counts().items():
            counts[denied_by.value] = counts.get(denied_by.value, 0) + count
        rows += map(told, client.gate.decisions)
    ordered: dict[str, int] = {code.value: counts[code.value] for code in REASON_ORDER if code.value in counts}
    if as_json:
        print_json(GateResult(counts=ordered, rows=rows))
        return
    allowed = sum(row["decision"] == "allow" for row in rows)
    say(_("%(allowed)s of %(all)s applicants are cleared"), allowed=allowed, all=len(rows))
    for code, count in ordered.items():
        sys.stdout.write(f"  {code:36} {count:>8}  {_(MEANINGS[ReasonCode(code)])}\n")
    if ReasonCode.NOT_LINKED.value in ordered:
        say(
            _("%(count)s applicants were not linked to members yet. Run `kanmon link`, then ask again"),
            count=ordered[ReasonCode.NOT_LINKED.value],
        )


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
