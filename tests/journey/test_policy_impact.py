"""`kanmon policy impact` and `kanmon audit reliance`: what a change would do, and what an invalidation reaches."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.journey.command import Road
from tests.journey.conftest import Ran

MakeWorkspace = Callable[[Road | None], Road]


@pytest.fixture
def change(season: Path, tmp_path: Path) -> Path:
    """A draft that names HOSHINO as well, and no longer says that people can withdraw."""
    service: dict[str, Any] = yaml.safe_load((season / "service.yaml").read_text(encoding="utf-8"))
    for version in service["policies"][0]["versions"]:
        version["text"] = (season / version.pop("text_file")).read_text(encoding="utf-8")
    elements = service["policies"][0]["versions"][-1]["clauses"][0]["elements"]
    elements["recipients"]["named"].append("HOSHINO")
    folder = tmp_path / "change"
    folder.mkdir()
    (folder / "service.yaml").write_text(yaml.safe_dump(service, allow_unicode=True), encoding="utf-8")
    return folder


def without_withdrawal(change: Path) -> Path:
    service = yaml.safe_load((change / "service.yaml").read_text(encoding="utf-8"))
    del service["policies"][0]["versions"][-1]["clauses"][0]["elements"]["withdrawal"]
    (change / "service.yaml").write_text(yaml.safe_dump(service, allow_unicode=True), encoding="utf-8")
    return change


def denied(road: Road, use: str) -> set[tuple[str, str]]:
    rows = road("gate", "--use", use, "--json").json["rows"]
    return {(row["client_id"], row["applicant_id"]) for row in rows if row["decision"] == "deny"}


def test_the_gate_then_decides_as_was_foreseen(
    loaded: Road, workspace: MakeWorkspace, change: Path, tmp_path: Path
) -> None:
    road = workspace(loaded)
    told = road("policy", "impact", change, "--json", "--out", tmp_path / "impact.json")
    assert told.status == 0
    assert json.loads((tmp_path / "impact.json").read_text(encoding="utf-8")) == told.json
    foreseen = {use: denied(road, use) for use in ("score", "provide")}
    for one in told.json["clients"]:
        for person in one["newly_held"]:
            foreseen[one["use"]].add((one["client_id"], person["applicant_id"]))
        for person in one["newly_let_through"]:
            foreseen[one["use"]].remove((one["client_id"], person["applicant_id"]))
    assert road("load", change).status == 0
    assert {use: denied(road, use) for use in foreseen} == foreseen
    let_through = [one for one in told.json["clients"] if one["newly_let_through"]]
    assert [(one["client_id"], one["use"]) for one in let_through] == [("HOSHINO", "score"), ("HOSHINO", "provide")]
    members = {person["member_id"] for one in let_through for person in one["newly_let_through"]}
    assert told.json["newly_let_through"] == {
        "count": len(members),
        "reasons": {"DENY_RECIPIENT_NOT_COVERED": len(members)},
        "members": sorted(members),
    }
    assert told.json["newly_held"] == {"count": 0, "reasons": {}, "members": []}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("nothing was loaded or recorded", "people newly held, 0 newly let through", "do not cover this use")),
        ("ja", ("何も読み込まず、記録もしていません", "新たに許可0人", "全員の一覧は--json")),
    ],
)
def test_a_person_is_told_whom_and_why(
    loaded: Road, change: Path, monkeypatch: pytest.MonkeyPatch, language: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("KANMON_LANG", language)
    only_aoba = ("--client", "AOBA", "--use", "provide")
    found = loaded("policy", "impact", without_withdrawal(change), *only_aoba, "--json").json
    [one] = found["clients"]
    assert one["before"]["allowed"] == len(one["newly_held"]) > 0
    assert one["unchanged"] == one["before"]["held"]
    assert {"reasons": ["DENY_NOT_COVERED"], "missing_elements": ["E18"]}.items() <= one["newly_held"][0].items()
    told = loaded("policy", "impact", change, *only_aoba)
    assert told.status == 0
    for word in (*words, "AOBA", "DENY_NOT_COVERED", f"{len(one['newly_held']):,}"):
        assert word in told.out


def test_nothing_is_recorded(loaded: Road, change: Path) -> None:
    count = (
        "SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM ledger_entry), (SELECT count(*) FROM policy_version)"
    )
    before = loaded.rows(count)
    assert loaded("policy", "impact", without_withdrawal(change)).status == 0
    assert loaded.rows(count) == before


def test_a_whole_dataset_folder_is_no_change_of_itself(loaded: Road, season: Path) -> None:
    told = loaded("policy", "impact", season, "--json")
    assert (told.json["newly_held"]["count"], told.json["newly_let_through"]["count"]) == (0, 0)
    [remark] = told.json["remarks"]
    assert "only service.yaml and renderings are asked about" in remark


def test_refused_looks_at_screens_are_told(loaded: Road, tmp_path: Path) -> None:
    far = datetime.now(UTC) + timedelta(days=1000)
    rows = [
        "screen_id,occurred_at,text_sha256",
        f"nowhere,2026-01-01T00:00:00+09:00,{'0' * 64}",
        f"registration-{datetime.now(UTC).year},{far.isoformat()},{'0' * 64}",
    ]
    file = tmp_path / "renderings.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    told = loaded("policy", "impact", file, "--json")
    assert (told.status, told.json["refused"]) == (3, 2)
    assert "renderings.csv:2: screen_id" in loaded("policy", "impact", file).err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--when", "soon"), "--when soon"),
        (("--when", "2001-01-01"), "no client's season is open"),
        (("--client", "NOBODY"), "NOBODY"),
        (("--use", "sell"), "sell"),
        (("--out", "nowhere/impact.json"), "can't be written"),
    ],
)
def test_what_makes_no_sense_is_told(loaded: Road, change: Path, arguments: tuple[str, ...], words: str) -> None:
    refused = loaded("policy", "impact", change, *arguments)
    assert (refused.status, refused.out) == (2, "")
    assert words in refused.err


def test_a_folder_without_a_change_is_told(loaded: Road, tmp_path: Path) -> None:
    refused = loaded("policy", "impact", tmp_path)
    assert (refused.status, refused.out) == (2, "")
    assert "[FOLDER_UNREADABLE]" in refused.err


def test_an_invalidation_reaches_every_provision_made_on_the_version(ran: Ran) -> None:
    found = ran.road("audit", "reliance", "2.0", "--json").json
    recorded = ran.road.rows(
        """
        SELECT r.client_id, m.member_id, a.applicant_id, r.provision_id, r.score_no, r.consent_no
        FROM provision_record r JOIN member m USING (member_no) JOIN applicant a USING (applicant_no)
        """
    )
    keys = ("client_id", "member_id", "applicant_id", "provision_id", "score_no", "evidence_id")
    assert sorted(tuple(one[key] for key in keys) for one in found["provisions"]) == sorted(recorded)
    assert found["count"] == len(recorded) > 0
    assert found["members"] == sorted({member for _, member, *_ in recorded})
    assert {tuple(one["uses"]) for one in found["provisions"]} == {("score", "provide")}
    assert all(one["agreed_at"] < one["computed_at"] <= one["provided_at"] for one in found["provisions"])
    assert ran.road("audit", "reliance", "1.0", "--json").json["provisions"] == []


@pytest.mark.parametrize(("language", "words"), [("en", "on consents to privacy 2.0"), ("ja", "privacy 2.0への同意")])
def test_a_person_is_told_what_an_invalidation_reaches(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setenv("KANMON_LANG", language)
    told = ran.road("audit", "reliance", "2.0", "--policy", "privacy")
    assert told.status == 0
    assert words in told.out
    assert "AOBA" in told.out


@pytest.mark.parametrize("arguments", [("9.9",), ("2.0", "--policy", "terms")])
def test_an_unknown_version_is_told(ran: Ran, arguments: tuple[str, ...]) -> None:
    refused = ran.road("audit", "reliance", *arguments)
    assert (refused.status, refused.out) == (2, "")
    assert "privacy 2.0" in refused.err
