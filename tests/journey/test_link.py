"""`kanmon link` on a client's list without member IDs, and a person who decides about what is left."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from kanmon.application.application import stop_database
from tests.journey.command import Done, Road, kanmon

CLIENT = "AOBA"
Linked = tuple[Road, Done, dict[str, str]]
DOUBTFUL = 12
"""So many applicants come without given name and address: their twins would look the same."""


@pytest.fixture(scope="module")
def linked(season: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Linked]:
    """A workspace that linked a list, what the command said, and whose each row is."""
    folder = tmp_path_factory.mktemp("link") / "season"
    copytree(season, folder)
    with (folder / "applicants.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    this_year = max(row["season"] for row in rows if row["client_id"] == CLIENT)
    truth = {}
    for row in rows:
        if row["client_id"] == CLIENT and row["member_id"]:
            if row["season"] == this_year:
                truth[row["applicant_id"]] = row["member_id"]
            row["member_id"] = ""
            if row["season"] == this_year and len(truth) <= DOUBTFUL:
                row.update(dict.fromkeys(("given_name", "given_kana", "email"), ""))
    with (folder / "applicants.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    road = Road(folder.parent / "workspace")
    assert kanmon("init", road.root).status == 0
    try:
        assert road("load", folder).status == 0
        yield road, road("link", "--client", CLIENT, "--json"), truth
    finally:
        stop_database(road.root)


def tied(road: Road) -> dict[str, str]:
    return dict(
        road.rows(
            """SELECT applicant_id, m.member_id FROM applicant a JOIN member m USING (member_no)
            WHERE a.client_id = :client AND a.season_id = (SELECT max(season_id) FROM applicant)""",
            client=CLIENT,
        )
    )  # fmt: skip


def waiting(road: Road) -> dict[str, list[str]]:
    found = road("link", "review", "--client", CLIENT, "--json")
    assert found.status == 0, found.err
    rows = found.json["waiting"]
    this_year = max(row["season"] for row in rows)
    return {
        row["applicant_id"]: [one["member_id"] for one in row["candidates"]]
        for row in rows
        if row["season"] == this_year
    }


def test_nobody_is_tied_to_somebody_else_and_who_may_be_a_twin_waits(linked: Linked) -> None:
    road, done, truth = linked
    assert done.status == 0, done.err
    found = tied(road)
    assert all(truth[name] == member for name, member in found.items() if name in truth)
    assert len(set(found.values())) == len(found)
    assert len(set(truth) & set(found)) >= len(truth) - DOUBTFUL
    in_doubt = list(truth)[:DOUBTFUL]
    assert not set(in_doubt) & set(found)
    assert set(in_doubt) <= set(waiting(road))
    [facts] = done.json["clients"]
    assert facts["review"] == len(waiting(road))


def test_the_report_is_there_in_both_languages_and_names_nobody(linked: Linked) -> None:
    road, done, _ = linked
    [facts] = done.json["clients"]
    folder = max(path.parent for path in road.root.glob(f"links/{CLIENT}/*/*/links.ja.md"))
    assert Path(facts["link_report"]).name == folder.parent.name
    assert "見込まれる精度" in (folder / "links.ja.md").read_text(encoding="utf-8")
    assert "Pairs by match weight" in (folder / "links.en.md").read_text(encoding="utf-8")
    assert (folder / "weights.svg").stat().st_size > 1_000
    known = json.loads(next(folder.glob("*.json")).read_text(encoding="utf-8"))
    assert known["expected_precision"] > 0.99
    assert "鈴木" not in "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())


def test_a_persons_decisions_hold_all_or_none_and_the_linker_leaves_them(linked: Linked) -> None:
    road, _, truth = linked
    queue = waiting(road)
    asked = [name for name in queue if truth.get(name) in queue[name]]
    one, other = asked[0], asked[1]
    review = ("link", "review", "--client", CLIENT, "--person", "花子")
    wrong = road(*review, "--accept", f"{one}={truth[one]}", "--accept", f"{other}=NOBODY")
    assert wrong.status != 0
    assert "NOBODY" in wrong.err
    assert waiting(road) == queue

    done = road(*review, "--accept", f"{one}={truth[one]}", "--reject", other, "--json")
    assert done.status == 0, done.err
    assert tied(road)[one] == truth[one]
    assert other not in tied(road)
    assert set(queue) - set(waiting(road)) == {one, other}
    by = road.rows(
        "SELECT DISTINCT decided_by FROM link JOIN applicant USING (applicant_no) WHERE applicant_id = :of", of=one
    )
    assert ("花子",) in by
    assert road("link", "--client", CLIENT).status == 0
    assert tied(road)[one] == truth[one]
    assert other not in tied(road)
