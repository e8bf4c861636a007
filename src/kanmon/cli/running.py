"""A run of the main job or of one of its steps, for the commands that begin one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from kanmon.cli.opening import client_ids, opened, season_id
from kanmon.gate.use_cases import enter_answers
from kanmon.lake.use_cases import compact_lake, lake_is_scattered
from kanmon.ledger.use_cases.awaited import take_awaited
from kanmon.pipeline.gate_run import ClientRun
from kanmon.pipeline.season_run import SeasonRun
from kanmon.pipeline.use_cases.season import season_run


@contextmanager
def running(
    command: str, clients: list[str] | None, season: str | None, workspace: Path | None, at: str | None
) -> Iterator[tuple[SeasonRun, list[ClientRun]]]:
    """A run of the main job or of one of its steps, over the clients that the options name.

    After the main job for all, the lake's files are merged where they are many: its scores have seen every one of
    them, so that none is computed again for this.
    """
    with opened(workspace, at) as application:
        enter_answers(application)
        take_awaited(application)
        run = season_run(application)
        yield run, run.begin(command, client_ids(clients), season_id(season))
        run.finish()
        if command == "run" and not clients and season is None and lake_is_scattered(application):
            compact_lake(application)


def exit_where_all_refused(clients: Sequence[ClientRun]) -> None:
    """Exit with 4 where a rule refused every client of a run as a whole."""
    if clients and all(client.is_refused for client in clients):
        raise typer.Exit(4)
