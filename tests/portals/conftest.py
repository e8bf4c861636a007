"""One season that was run, for all that the privacy owner's portal is asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kanmon.application.application import Application, stop_database
from kanmon.cli.progress import LineProgress
from kanmon.core.clock import SystemClock
from kanmon.web.app import create_app
from kanmon_stories.season import write_season
from tests.journey.command import Road, kanmon
from tests.once import made_once
from tests.portals.office import Office, accounts, plant_stale_looks


@pytest.fixture(scope="package")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("KANMON_DATABASE_URL", raising=False)
        patched.setenv("KANMON_LANG", "en")
        # Each look at a page signs in anew, all from one address: a fast machine does so more often than a campus.
        patched.setenv("KANMON_LIMIT_SIGN_IN", "100000")
        made = made_once(tmp_path_factory, "office", _run_a_season)
        folder = tmp_path_factory.mktemp("office")
        (folder / "season").symlink_to(made / "season")
        road = Road(made / "workspace").copy_to(folder / "workspace")
        try:
            gate = road("gate", "--json").json
            with Application.open(road.root, None, LineProgress(), alone=False) as application:
                stale_screen = (made / "stale_screen").read_text()
                yield Office(road, gate, create_app(application), accounts(application), stale_screen)
        finally:
            stop_database(road.root)


def _run_a_season(folder: Path) -> None:
    write_season(folder / "season", 7, scale=0.2, now=SystemClock().now(), tells_this_year=True)
    (folder / "stale_screen").write_text(plant_stale_looks(folder / "season" / "renderings.csv"))
    road = Road(folder / "workspace")
    assert kanmon("init", road.root).status == 0
    try:
        assert road("load", folder / "season").status == 0
        assert road("run").status in (0, 4)
    finally:
        stop_database(road.root)


@pytest.fixture
def application(office: Office) -> Application:
    """The application behind the portals."""
    found: Application = office.app.state.application
    return found
