"""A run of the main job or of one of its steps, for the commands that begin one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from kanmon.cli.opening import client_ids, opened, season_id
from kanmon.pipeline.gate_run import ClientRun
from kanmon.pipeline.season_run import SeasonRun
from kanmon.pipeline.use_cases.season import begun_run


@contextmanager
def running(
    command: str, clients: list[str] | None, season: str | None, workspace: Path | None, at: str | None
) -> Iterator[tuple[SeasonRun, list[ClientRun]]]:
    """A run of the main job or of one of its steps, over the clients that the options name."""
    with (
        opened(workspace, at) as application,
        begun_run(application, command, client_ids(clients), season_id(season)) as begun,
    ):
        yield begun


def exit_where_all_refused(clients: Sequence[ClientRun]) -> None:
    """Exit with 4 where a rule refused every client of a run as a whole."""
    if clients and all(client.is_refused for client in clients):
        raise typer.Exit(4)
