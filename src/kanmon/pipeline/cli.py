"""`kanmon run`, the main job, and its steps: `train`, `score`, `provide`."""

import os
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from kanmon.cli.opening import AtOption, ClientsOption, JsonOption, SeasonOption, WorkspaceOption
from kanmon.cli.output import say
from kanmon.cli.printing import print_runs
from kanmon.cli.running import exit_where_all_refused, running
from kanmon.core.language import N_, preferred_language, translations
from kanmon.pipeline.gate_run import ClientRun
from kanmon.pipeline.season_run import SeasonRun

NEXT = {
    "train": N_("next: kanmon score"),
    "score": N_("next: kanmon provide"),
    "run": N_("next: kanmon status says what waits for a person; kanmon evaluate compares once outcomes are loaded"),
}
"""What is useful after each step."""


def _step_command(name: str, doc: str, act: Callable[[SeasonRun, Sequence[ClientRun]], None]) -> Callable[..., None]:
    def command(
        client: ClientsOption = None,
        season: SeasonOption = None,
        workspace: WorkspaceOption = None,
        at: AtOption = None,
        as_json: JsonOption = False,
    ) -> None:
        with running(name, client, season, workspace, at) as (run, clients):
            act(run, clients)
            if act is SeasonRun.all_steps:
                run.tell_passwords(clients)
        print_runs(run.run_id, clients, as_json)
        if not as_json:
            say(_(NEXT[name]))
        exit_where_all_refused(clients)

    command.__doc__ = doc
    return command


train = _step_command("train", "Train one model per client on last year.", SeasonRun.train)
score = _step_command("score", "Ask the gate, then score those it clears.", SeasonRun.score)
run = _step_command("run", "The main job: link, train, gate, score, provide.", SeasonRun.all_steps)


def provide(
    client: ClientsOption = None,
    season: SeasonOption = None,
    again: Annotated[bool, typer.Option("--again", help="Provide even what was provided before.")] = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the gate again, record the provision, and hand the report over."""
    with running("provide", client, season, workspace, at) as (season_run, clients):
        season_run.provide(clients, again)
        season_run.tell_passwords(clients)
    print_runs(season_run.run_id, clients, as_json)
    exit_where_all_refused(clients)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
