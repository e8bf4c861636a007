"""`kanmon audit fairness` over what the main job scored: the auditor's file is looked at and not kept."""

from collections.abc import Callable
from pathlib import Path

from tests.journey.command import Road, csv_rows
from tests.journey.conftest import Ran


def test_groups_are_compared_and_the_file_is_kept_nowhere(
    ran: Ran, workspace: Callable[[Road | None], Road], tmp_path: Path
) -> None:
    road = workspace(ran.road)
    rows = csv_rows(road.reports("AOBA")[0])[1:]
    groups = tmp_path / "groups.csv"
    lines = [f"{name},{'Querkopf' if place % 2 else 'Quergeist'}" for place, (name, *_) in enumerate(rows)]
    groups.write_text("applicant_id,kind\n" + "\n".join(lines), encoding="utf-8")
    found = road("audit", "fairness", "--client", "AOBA", "--groups", groups, "--json")
    assert found.status == 0, found.err
    [table] = found.json["tables"]
    assert sum(one["people"] for one in table["categories"]) + table["unknown"] == found.json["scored"] > 50
    assert max(one["impact_ratio"] for one in table["categories"]) == 1
    payload = "SELECT payload FROM ledger_secret WHERE seq = :seq"
    [(entered,)] = road.rows(payload, seq=found.json["ledger_seq"])
    assert found.json["groups_sha256"] in entered
    assert "Quer" not in entered
    groups.write_text("kind\nQuerkopf\n", encoding="utf-8")
    refused = road("audit", "fairness", "--client", "AOBA", "--groups", groups)
    assert (refused.status, "applicant_id" in refused.err) == (2, True)
