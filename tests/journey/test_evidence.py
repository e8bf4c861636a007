"""A pack of evidence from the command line: built, checked offline, built again after the person's erasure (AC-25)."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from tests.journey.command import Road, kanmon
from tests.journey.conftest import Ran

PROVIDED = """
    SELECT m.member_id FROM provision_record r JOIN member m USING (member_no) WHERE m.season_id = '2027'
    ORDER BY r.record_no LIMIT 1
"""


def lines(pack: Path) -> list[Any]:
    with ZipFile(io.BytesIO(pack.read_bytes())) as archive:
        return [json.loads(line) for line in archive.read("entries.jsonl").splitlines()]


def test_a_person_before_and_after_the_erasure(
    ran: Ran, workspace: Callable[[Road | None], Road], tmp_path: Path
) -> None:
    road = workspace(ran.road)
    [(member,)] = road.rows(PROVIDED)
    before, after = tmp_path / "before.zip", tmp_path / "after.zip"
    made = road("evidence", before, "--member", member, "--json").json
    verified = kanmon("verify", before, "--key", made["vkey"], "--json")
    assert verified.json["without_content"] == 0
    held = lines(before)
    types = {line["entry"]["type"] for line in held}
    assert types >= {"consent", "provision_record"}
    assert all(line["payload"]["member_id"] == member for line in held)
    with ZipFile(before) as archive:
        page = archive.read("index.html").decode()
        policies = json.loads(archive.read("policies.json"))
    assert page.index("経緯") < page.index("件数") < page.index("原因") < page.index("対応") < page.index("Timeline")
    assert policies

    assert road("subject", "erase", member).status == 0
    road("evidence", after, "--member", member, "--json")
    verified = kanmon("verify", after, "--key", made["vkey"], "--seen", before, "--json")
    assert verified.status == 0, verified.err
    assert verified.json["without_content"] > 0
    still = {line["entry"]["seq"]: line for line in lines(after)}
    assert still.keys() >= {line["entry"]["seq"] for line in held}


def test_an_incident_and_a_pack_that_somebody_changed(
    ran: Ran, workspace: Callable[[Road | None], Road], tmp_path: Path
) -> None:
    road, pack = workspace(ran.road), tmp_path / "pack.zip"
    opened = road(
        "incident",
        "open",
        "--class",
        "L",
        "--title",
        "a file lay open",
        "--since",
        "2020-01-01",
        "--person",
        "o",
        "--json",
    )
    [number] = road.rows("SELECT incident_id FROM incident")[0]
    assert opened.status == 0, opened.err
    assert road("incident", "fact", number, "cause", "a wrong address", "--person", "o").status == 0
    made = road("evidence", pack, "--incident", number)
    assert made.status == 0, made.err
    assert kanmon("verify", pack).status == 0
    with ZipFile(pack) as archive:
        facts = json.loads(archive.read("pack.json"))
    assert [one["what"] for one in facts["causes"]] == ["cause"]
    content = pack.read_bytes()
    pack.write_bytes(content.replace(b"a wrong address", b"a right address"))
    assert kanmon("verify", pack).status == 4
    assert road("evidence", pack, "--incident", "I-1999-001").status == 2
    assert road("evidence", pack).status == 2
    assert road("evidence", pack, "--member", "nobody").status == 2
