"""Doing things twice: nothing changes by accident, and what a person took back stays taken back."""

from collections.abc import Callable
from pathlib import Path
from shutil import copy, copytree

import pyarrow as pa
import pyarrow.parquet as pq

from kanmon.core.clock import SystemClock
from tests.journey.command import Road, csv_rows
from tests.journey.conftest import Ran

MakeWorkspace = Callable[[Road | None], Road]
WAITING = ["AOBA", "HOSHINO", "KITAHAMA", "MINATO"]
"""Clients that are provided to."""


def facts_of(run: Ran, client: str) -> dict[str, object]:
    [facts] = [found for found in run.run.json["clients"] if found["client_id"] == client]
    return dict(facts)


def test_second_run_provides_nothing_and_learns_nothing(ran: Ran, season: Path, workspace: MakeWorkspace) -> None:
    road = workspace(ran.road)
    before = {client: road.reports(client) for client in WAITING}

    again = road("load", season, "--json")
    assert again.status == 0
    assert all((file["new"], file["replaced"]) == (0, 0) and file["unchanged"] for file in again.json["files"])
    assert sum("was not read again" in remark for remark in again.json["remarks"]) == len(again.json["files"])
    assert {file["file_name"]: file["unchanged"] for file in again.json["files"]} == {
        file["file_name"]: file["new"] for file in ran.load.json["files"]
    }

    run = road("run", "--json")
    assert run.status == 0
    for facts in run.json["clients"]:
        client = facts["client_id"]
        assert facts["model"]["is_new"] is False
        assert facts["model"]["model_id"] == facts_of(ran, client)["model"]["model_id"]  # type: ignore[index]
        assert facts["provision"] == ("already provided" if client in WAITING else "refused")
    assert {client: road.reports(client) for client in WAITING} == before
    assert road.rows("SELECT client_id, count(*) FROM provision GROUP BY 1 ORDER BY 1") == [(c, 1) for c in WAITING]

    assert road("provide", "--client", "AOBA", "--again").status == 0
    first, second = road.reports("AOBA")
    assert (first / "report.csv").read_bytes() == (second / "report.csv").read_bytes()
    assert road.rows("SELECT count(*) FROM provision WHERE client_id = 'AOBA'") == [(2,)]


def test_withdrawal_between_score_and_provide_is_honoured(
    loaded: Road, season: Path, workspace: MakeWorkspace, tmp_path: Path
) -> None:
    road = workspace(loaded)
    only_aoba = ("--client", "AOBA")
    assert road("train", *only_aoba).status == 0
    assert road("score", *only_aoba).status == 0
    [(applicant, member)] = road.rows(
        "SELECT a.applicant_id, m.member_id FROM score JOIN applicant a USING (applicant_no) "
        "JOIN member m USING (member_no) WHERE value IS NOT NULL ORDER BY a.position LIMIT 1"
    )
    assert road("load", withdrawal(season, member, tmp_path / "withdrawal")).status == 0

    assert road("provide", *only_aoba).status == 0
    [report] = road.reports("AOBA")
    [row] = [row for row in csv_rows(report) if row[0] == applicant]
    assert row == [applicant, "スコアなし", ""]
    assert road.rows(
        "SELECT reasons FROM gate_decision JOIN applicant USING (applicant_no) "
        "WHERE use = 'provide' AND applicant_id = :applicant",
        applicant=applicant,
    ) == [(["DENY_CONSENT_WITHDRAWN"],)]
    assert road.rows(
        "SELECT count(*) FROM provision_record JOIN applicant USING (applicant_no) WHERE applicant_id = :applicant",
        applicant=applicant,
    ) == [(0,)]


def withdrawal(season: Path, member: str, folder: Path) -> Path:
    """A folder that says one thing more than the season: this member takes every agreement back now."""
    folder.mkdir()
    copy(season / "service.yaml", folder)
    copytree(season / "policies", folder / "policies")
    for table in ("members.parquet", "events.parquet", "applicants.csv"):
        copy(season / table, folder)
    consents = pq.read_table(season / "consents.parquet")
    [place] = [n for n, row in enumerate(consents.to_pylist()) if row["member_id"] == member][:1]
    act = consents.slice(place, 1).to_pylist()[0] | {
        "occurred_at": SystemClock().now(), "action": "withdraw", "client_id": None,
    }  # fmt: skip
    pq.write_table(pa.Table.from_pylist([act], consents.schema), folder / "consents.parquet")
    return folder
