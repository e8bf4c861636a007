"""A small season, a workspace that has loaded it, and one that has run the main job."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from kanmon.application.application import stop_database
from kanmon.core.clock import SystemClock
from kanmon_stories.season import write_season
from tests.journey.command import Done, Road, kanmon
from tests.once import made_once

SEED = 7


@dataclass(frozen=True)
class Ran:
    """A workspace after the main job, and how each command that led there ended. Tests only look at it."""

    road: Road
    init: Done
    load: Done
    run: Done


@contextmanager
def own_copy(made: Path, folders: pytest.TempPathFactory) -> Iterator[Road]:
    """This process's copy of a workspace made once: what another process copies has no server of ours to stop."""
    road = Road(made / "workspace").copy_to(folders.mktemp(made.name) / "workspace")
    yield road
    stop_database(road.root)


@pytest.fixture(scope="session", autouse=True)
def _own_server() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("KANMON_DATABASE_URL", raising=False)
        patched.setitem(os.environ, "LANG", "C.UTF-8")
        yield


@pytest.fixture(scope="session")
def season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A season of 200 to 300 applicants at the larger clients, outcomes of this year included."""

    def make(folder: Path) -> None:
        write_season(folder, SEED, scale=0.2, now=SystemClock().now(), tells_this_year=True)

    return made_once(tmp_path_factory, "season", make)


@pytest.fixture(scope="session")
def loaded_once(season: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that has loaded the season, to be copied, and how the commands that led there ended."""

    def make(folder: Path) -> None:
        road = Road(folder / "workspace")
        done = [kanmon("init", road.root), road("load", season, "--json")]
        assert [one.status for one in done] == [0, 0]
        stop_database(road.root)
        (folder / "done.json").write_text(json.dumps([asdict(one) for one in done]))

    return made_once(tmp_path_factory, "loaded", make)


@pytest.fixture(scope="session")
def ran(loaded_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """The main job, done once."""

    def make(folder: Path) -> None:
        road = Road(loaded_once / "workspace").copy_to(folder / "workspace")
        run = road("run", "--json")
        stop_database(road.root)
        done = [*json.loads((loaded_once / "done.json").read_text()), asdict(run)]
        (folder / "done.json").write_text(json.dumps(done))

    folder = made_once(tmp_path_factory, "ran", make)
    init, load, run = (Done(**told) for told in json.loads((folder / "done.json").read_text()))
    with own_copy(folder, tmp_path_factory) as road:
        yield Ran(road, init, load, run)


@pytest.fixture(scope="session")
def loaded(loaded_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """A workspace that has loaded the season and done nothing else, to be looked at and copied."""
    with own_copy(loaded_once, tmp_path_factory) as road:
        yield road


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Road:
    """A workspace as `init` makes it, to be copied."""

    def make(folder: Path) -> None:
        assert kanmon("init", folder / "workspace").status == 0
        stop_database(folder / "workspace")

    return Road(made_once(tmp_path_factory, "empty", make) / "workspace")


@pytest.fixture
def workspace(tmp_path: Path, empty: Road) -> Iterator[Callable[[Road | None], Road]]:
    """Makes a workspace of the test's own: a copy of one that is there, or an empty one."""
    root = tmp_path / "workspace"

    def make(like: Road | None = None) -> Road:
        return (like or empty).copy_to(root)

    yield make
    if root.exists():
        stop_database(root)
