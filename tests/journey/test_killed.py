"""`kill -9` in the middle of any step, of the command or of its database server: the next command goes on.

The reports are those of an undisturbed run.
"""

from collections.abc import Callable
from pathlib import Path

from tests.journey.command import Road
from tests.journey.conftest import Ran

MakeWorkspace = Callable[[Road | None], Road]
PROVIDED_TO = ("AOBA", "HOSHINO", "KITAHAMA", "MINATO")
FILES = {"report.csv", "report.xlsx", "report.pdf"}


def assert_as_undisturbed(road: Road, undisturbed: Road) -> None:
    """Each client has one report, whole, recorded and handed over, with the bytes that nothing had disturbed."""
    assert road.rows(
        "SELECT client_id, count(*), count(handed_over_at) FROM provision GROUP BY client_id ORDER BY client_id"
    ) == [(client, 1, 1) for client in PROVIDED_TO]
    assert {path.name for path in (road.root / "reports").iterdir()} == set(PROVIDED_TO)
    for client in PROVIDED_TO:
        [report] = road.reports(client)
        [expected] = undisturbed.reports(client)
        assert {path.name for path in report.iterdir()} == FILES
        assert (report / "report.csv").read_bytes() == (expected / "report.csv").read_bytes()
    of_records = "SELECT applicant_id FROM provision_record JOIN applicant USING (applicant_no) ORDER BY 1"
    assert road.rows(of_records) == undisturbed.rows(of_records)
    assert cards(road) == cards(undisturbed)


def cards(road: Road) -> set[Path]:
    return {path.relative_to(road.root) for path in (road.root / "models").rglob("*")}


def staged(road: Road) -> dict[str, int]:
    """When each table was read and checked, in ns."""
    files = (road.root / "staging").glob("*.parquet")
    return {path.name: path.stat().st_mtime_ns for path in files if not path.name.endswith(".cells.parquet")}


def test_load_killed_again_and_again(ran: Ran, season: Path, workspace: MakeWorkspace) -> None:
    road = workspace(None)
    road.killed_at_step("read and check files", "load", season)
    road.killed_at_step("load", "load", season)
    # All tables were read and checked: the next command takes them over.
    read = staged(road)
    road.killed_at_step("load", "load", season)
    assert staged(road) == read
    for file in (3, 5):
        # The transaction of the nth file of this command, just before it would commit.
        road.killed_in(f"kanmon.intake.store.loads:LoadStore:note:{file}", "load", season)
    went_on = road("load", season, "--json")
    assert went_on.status == 0
    assert sum("was not read again" in remark for remark in went_on.json["remarks"]) >= 4
    assert not list((road.root / "staging").glob("*"))
    for table in ("member", "consent_act", "rendering", "notice", "applicant", "outcome"):
        counted = f"SELECT count(*) FROM {table}"
        assert road.rows(counted) == ran.road.rows(counted), table
    assert road("run").status == 0
    assert_as_undisturbed(road, ran.road)


def test_run_killed_again_and_again(ran: Ran, loaded: Road, workspace: MakeWorkspace) -> None:
    road = workspace(loaded)
    road.killed_at_step("train: features", "run")
    # The first model is registered, its card not.
    road.killed_in("kanmon.modelling.files:ModelCardFolder:write:1", "run")
    assert road.rows("SELECT model_id FROM prediction_model") == [("AOBA-1",)]
    assert not cards(road)
    road.killed_at_step("score: record", "run")
    # The record of the first client is there, its report not.
    road.killed_in("kanmon.provision.files.folder:ReportFolder:hand_over:1", "run")
    assert road.rows("SELECT client_id, handed_over_at FROM provision") == [("AOBA", None)]
    assert not road.reports("AOBA")
    # The first is handed over late; of the second the files are written, but not yet put where the client finds them.
    road.killed_in("kanmon.provision.files.report::rename_folder:2", "provide")
    assert len(road.reports("AOBA")) == 1
    assert [report.suffix for report in road.reports("HOSHINO")] == [".partial"]
    assert {path.name for path in road.reports("HOSHINO")[0].iterdir()} == FILES
    # The third is where the client finds it, but nobody noted that it is.
    road.killed_in("kanmon.provision.store.provisions:PostgresProvisionStore:mark_handed_over:2", "provide")
    assert len(road.reports("KITAHAMA")) == 1
    assert road.rows("SELECT handed_over_at FROM provision WHERE client_id = 'KITAHAMA'") == [(None,)]

    provided = road("provide")
    assert provided.status == 0
    assert "handed over now" in provided.out
    assert_as_undisturbed(road, ran.road)
    models = "SELECT model_id, artefact FROM prediction_model ORDER BY model_id"
    assert road.rows(models) == ran.road.rows(models)


def test_server_killed_again_and_again(ran: Ran, loaded: Road, workspace: MakeWorkspace) -> None:
    road = workspace(loaded)
    for step in ("train: models", "score: record", "provide"):
        told = road.server_killed_at_step(step, "run")
        assert told.status == 1, told.err
        assert "[DATABASE_UNAVAILABLE]" in told.err
        assert "Traceback" not in told.err
    # Between two commands, that is after one has ended.
    assert road("gate", "--client", "AOBA").status == 0
    road.kill_server()
    assert road("run").status == 0
    assert_as_undisturbed(road, ran.road)
