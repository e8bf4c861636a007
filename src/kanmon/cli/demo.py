"""`kanmon demo`: the whole way on a generated season."""

import os
from pathlib import Path
from typing import Annotated

import typer

from kanmon.application.creating import create_workspace
from kanmon.cli.opening import JsonOption, opened
from kanmon.cli.output import say
from kanmon.cli.printing import print_runs
from kanmon.core.language import N_, preferred_language, translations
from kanmon.intake.cli.printing import print_load
from kanmon.intake.use_cases.loading import load_folder
from kanmon.pipeline.use_cases.season import season_run
from kanmon_stories.season import write_season


def demo(
    workspace: Annotated[Path, typer.Option("--workspace", metavar="DIR")] = Path("kanmon-demo"),
    seed: Annotated[int, typer.Option(help="The seed of the generated season.")] = 2020,
    scale: Annotated[
        float, typer.Option("--scale", metavar="X", min=0.02, help="Members, as a multiple of 6,000.")
    ] = 1.0,
    as_json: JsonOption = False,
) -> None:
    """The whole way on a generated season, in about a minute."""
    create_workspace(workspace, is_replay=False)
    with opened(workspace, None) as application:
        folder = application.workspace.root / "season"
        with application.progress.step(N_("generate a season")):
            write_season(folder, seed, scale, now=application.clock.now(), keeps_promises=True)
        loaded = load_folder(application, folder)
        run = season_run(application)
        clients = run.begin("demo", [], None)
        run.all_steps(clients)
        run.tell_passwords(clients)
        run.finish()
    if not as_json:
        print_load(loaded, as_json)
    print_runs(run.run_id, clients, as_json)
    if not as_json:
        _print_where_to_look(application.workspace.root)


def _print_where_to_look(workspace: Path) -> None:
    """Why most clients got nothing, and where the demo's results lie."""
    say(
        _(
            "four of the six clients get no scores on purpose: MINATO has too little history to learn from, SAKURA has "
            "not signed the agreement on use, the words that people agreed to don't name HOSHINO, and TSUBAKI's check "
            "before use is too old"
        )
    )
    say(_("reports: %(folder)s"), folder=workspace / "reports")
    say(
        _(
            "where people were promised so, it is a report.zip: 7-Zip opens it (7z x report.zip) with its password "
            "above, which is told once"
        )
    )
    say(_("model cards: %(folder)s"), folder=workspace / "models")
    say(_("the folder that was loaded, to look at or to change: %(folder)s"), folder=workspace / "season")
    say(_("ask the gate why: kanmon gate --workspace %(folder)s"), folder=workspace)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
