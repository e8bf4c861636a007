"""The decision lock and the use audit from the command line: locked rows in every file, opened by a loaded decision."""

import csv
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import yaml

from kanmon.core.clock import SystemClock
from tests.journey.command import Road
from tests.journey.conftest import Ran

AOBA = ("--client", "AOBA")
STAGES = ("書類選考", "一次面接", "最終面接", "内定")


def rows_of(road: Road) -> list[tuple[str, ...]]:
    """What the newest report of the client says, without its head."""
    newest = max((road.root / "reports" / "AOBA").iterdir(), key=lambda folder: folder.name)
    with (newest / "report.csv").open(encoding="utf-8-sig") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


def test_locked_scores_open_with_their_decisions_and_the_audit_says_too_few(
    ran: Ran, season: Path, workspace: Callable[[Road | None], Road], tmp_path: Path
) -> None:
    road, folder = workspace(ran.road), tmp_path / "season"
    copytree(season, folder)
    service = yaml.safe_load((folder / "service.yaml").read_text(encoding="utf-8"))
    for client in service["clients"]:
        client["contract"].update(decision_lock=client["id"] == "AOBA", use_audit=True)
    (folder / "service.yaml").write_text(yaml.safe_dump(service, allow_unicode=True), encoding="utf-8")
    assert road("load", folder).status == 0

    before = {row[0]: row for row in rows_of(ran.road)}
    assert road("provide", *AOBA, "--json").status == 0
    locked = rows_of(road)
    assert len({row[1:] for row in locked}) == 1
    without = next(row[1:] for row in before.values() if row[1:] == locked[0][1:])
    assert {row[1:] for row in locked} == {without}

    opened = [name for name, row in before.items() if row[1:] != without][:5]
    with (folder / "decisions.csv").open("w", encoding="utf-8", newline="") as file:
        written = csv.writer(file)
        written.writerow(["client_id", "applicant_id", "stage", "decision", "decided_at"])
        written.writerows(
            ["AOBA", name, stage, "pass", SystemClock().now().isoformat()] for name in opened for stage in STAGES
        )
    assert road("load", folder).status == 0
    assert road("provide", *AOBA).status == 0
    assert {row[0] for row in rows_of(road) if row[1:] != without} == set(opened)

    assert road("audit", "provisions", "--json").json["fallen"] == 0
    with_trigger = "ALTER TABLE decision_act {} TRIGGER ALL"
    road.change(with_trigger.format("DISABLE"))
    road.change("UPDATE decision_act SET recorded_at = now()")
    road.change(with_trigger.format("ENABLE"))
    rejudged = road("audit", "provisions", *AOBA, "--json")
    assert (rejudged.status, rejudged.json["faults"]) == (4, {"client had not decided": 5})

    audit = road("audit", "use", "--json")
    assert audit.status == 0
    told = {one["client_id"]: one for one in audit.json["clients"]}
    assert told["AOBA"]["verdict"] in ("too_few_to_tell", "not_auditable")
    assert told["AOBA"]["seed_sha256"]
    assert not audit.json["found"]
    evidence = tmp_path / "evidence.json"
    assert road("audit", "use", *AOBA, "--evidence", evidence).status == 0
    assert '"drawn_as_registered"' in evidence.read_text(encoding="utf-8")
    assert road("audit", "use", "--evidence", evidence).status == 2
    assert road("audit", "ledger").status == 0
