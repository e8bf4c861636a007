"""A small season, a workspace that has loaded it, and one that has run the main job: once for each process."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kanmon.bootstrap.application import stop_database
from kanmon.clock import SystemClock
from kanmon.stories.season import write_season
from tests.journey.command import Done, Road, kanmon

SEED = 7


@dataclass(frozen=True)
class Ran:
    """A workspace after the main job, and how each command that led there ended. Tests only look at it."""

    road: Road
    init: Done
    load: Done
    run: Done


@pytest.fixture(scope="session", autouse=True)
def _own_server() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("KANMON_DATABASE_URL", raising=False)
        patched.setitem(os.environ, "LANG", "C.UTF-8")
        yield


@pytest.fixture(scope="session")
def season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A season of 200 to 300 applicants at the larger clients, outcomes of this year included."""
    folder = tmp_path_factory.mktemp("season")
    write_season(folder, SEED, scale=0.2, now=SystemClock().now(), tells_this_year=True)
    return folder


@pytest.fixture(scope="session")
def ran(season: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """The main job, done once."""
    road = Road(tmp_path_factory.mktemp("ran") / "workspace")
    init = kanmon("init", road.root)
    try:
        load = road("load", season, "--json")
        yield Ran(road, init, load, road("run", "--json"))
    finally:
        stop_database(road.root)


@pytest.fixture(scope="session")
def loaded(season: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """A workspace that has loaded the season and done nothing else, to be copied."""
    road = Road(tmp_path_factory.mktemp("loaded") / "workspace")
    kanmon("init", road.root)
    try:
        assert road("load", season).status == 0
        yield road
    finally:
        stop_database(road.root)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Callable[[Road | None], Road]]:
    """Makes a workspace of the test's own: a copy of one that is there, or an empty one."""
    root = tmp_path / "workspace"

    def make(like: Road | None = None) -> Road:
        if like is not None:
            return like.copy_to(root)
        assert kanmon("init", root).status == 0
        return Road(root)

    yield make
    if root.exists():
        stop_database(root)
