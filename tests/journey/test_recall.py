"""A withdrawal reaches what was provided before it: asked back, opened by nobody, gone from files (AC-17, AC-20)."""

import json
from collections.abc import Iterator

import pytest

from kanmon.application.application import stop_database
from kanmon.cli.opening import opened
from kanmon.core.ids import ClientId, ProvisionId
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.provision.report import ReportRow
from kanmon.provision.use_cases.reports import received_file, received_report
from tests.journey.command import Road, csv_rows
from tests.journey.conftest import Ran

PROVIDED = """
    SELECT m.member_id, a.applicant_id, p.provision_id, p.run_id, p.report FROM provision_record r
    JOIN member m USING (member_no) JOIN applicant a USING (client_id, applicant_no)
    JOIN provision p USING (client_id, provision_id)
    WHERE r.client_id = 'AOBA' ORDER BY a.position LIMIT 1
"""


@pytest.fixture(scope="module")
def road(ran: Ran, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    copy = ran.road.copy_to(tmp_path_factory.mktemp("recalled") / "workspace")
    yield copy
    stop_database(copy.root)


def received(road: Road, provision: str) -> dict[str, ReportRow]:
    """A report as AOBA's portal shows it now, by the client's own IDs."""
    with opened(road.root, None, alone=False) as application:
        report = received_report(application, ClientId("AOBA"), ProvisionId(provision))
        assert received_file(application, report, "report.csv")[:3] == b"\xef\xbb\xbf"
    return {row.applicant_id: row for row in report.rows}


def test_what_was_provided_of_a_person_who_withdrew_opens_nowhere(road: Road) -> None:
    member, applicant, provision, run, old_copy = road.rows(PROVIDED)[0]
    before = received(road, provision)
    assert before[applicant].score is not None
    files = road.root / "reports" / "AOBA" / run
    assert [row[1] for row in csv_rows(files) if row[0] == applicant] != ["スコアなし"]

    done = road("subject", "withdraw", member, "--json").json
    assert "AOBA" in done["asked"]
    after = received(road, provision)
    nobody = ReportRow(applicant, None, None)
    assert after == before | {applicant: nobody}
    opened_again = SealedRows(road.root / "keys").open(old_copy, ())
    assert {row.applicant_id: row for row in opened_again.rows}[applicant] == nobody
    assert sum(row.score is not None for row in opened_again.rows) > 100

    assert road("recall", "tick", "--json").json == {"asked": [], "taken": [], "suspended": [], "is_hidden": True}
    assert [row[1] for row in csv_rows(files) if row[0] == applicant] == ["スコアなし"]
    shown = road("recall", "show", "--json").json["requests"]
    mine = [one for one in shown if one["client_id"] == "AOBA"]
    assert [(one["because"], one["rows"], one["state"]) for one in mine] == [("withdrawal", 1, "asked")]
    assert road("audit", "ledger", "--json").json["findings"] == []


def test_no_score_of_a_report_lies_in_clear_in_the_database(road: Road) -> None:
    for (report,) in road.rows("SELECT report FROM provision WHERE client_id = 'AOBA'"):
        assert all("sealed" in row or row["score"] is None for row in report["rows"])
        assert "★" not in json.dumps(report["rows"], ensure_ascii=False)
