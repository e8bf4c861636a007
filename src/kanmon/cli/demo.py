"""`kanmon demo`: the whole way on a generated season."""

from pathlib import Path
from typing import Annotated

import typer

from kanmon.bootstrap.application import Application
from kanmon.cli.opening import JsonOption, opened
from kanmon.cli.printing import print_load, print_runs, print_where_to_look
from kanmon.language import N_
from kanmon.stories.season import write_season


def demo(
    workspace: Annotated[Path, typer.Option("--workspace", metavar="DIR")] = Path("kanmon-demo"),
    seed: Annotated[int, typer.Option(help="The seed of the generated season.")] = 2020,
    as_json: JsonOption = False,
) -> None:
    """The whole way on a generated season, in about a minute."""
    Application.create(workspace, is_replay=False)
    with opened(workspace, None) as application:
        folder = application.workspace.root / "season"
        with application.progress.step(N_("generate a season")):
            write_season(folder, seed, now=application.clock.now())
        loaded = application.load(folder)
        run = application.season_run()
        clients = run.begin("demo", [], None)
        run.all_steps(clients)
        run.finish()
    if not as_json:
        print_load(loaded, as_json)
    print_runs(run.run_id, clients, as_json)
    if not as_json:
        print_where_to_look(application.workspace.root)
