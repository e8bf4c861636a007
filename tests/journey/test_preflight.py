"""`kanmon preflight FILE` and what `kanmon link` tells of browsers, on a workspace that has loaded a season."""

import csv
import hashlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.journey.conftest import Ran


@pytest.fixture
def names(season: Path) -> list[str]:
    members = pq.read_table(season / "members.parquet").to_pylist()
    return [f"{one['family_name']} {one['given_name']}" for one in members if one["family_name"] and one["given_name"]]


def written(path: Path, header: str, cells: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[header, "stage"], *([cell, "1次面接"] for cell in cells)])
    return path


def test_hashed_names_are_refused_for_what_they_are(ran: Ran, names: list[str], tmp_path: Path) -> None:
    digests = [hashlib.sha256(name.encode()).hexdigest() for name in names[:50]]
    file = written(tmp_path / "handed-over.csv", "key", digests)
    found = ran.road("preflight", file, "--json")
    assert found.status == 4
    assert (found.json["verdict"], found.json["rows"], found.json["refused"]) == ("hashed_personal", 50, ["key"])
    key, stage = found.json["columns"]
    assert (key["class"], key["recovered"], key["share"]) == ("hashed_personal", 50, 1.0)
    assert (key["recoveries"][0]["known"], key["recoveries"][0]["digest"]) == ("name", "sha256")
    assert stage["class"] == "other"
    assert not any(name in found.out for name in names[:50])

    told = ran.road("preflight", file)
    assert told.status == 4
    assert "hashed personal data, which is personal data" in told.out
    assert "50 of 50 cells (100.0%)" in told.out
    assert "APPI-11" in told.err


def test_names_in_the_clear_are_scheme_b_s(ran: Ran, names: list[str], tmp_path: Path) -> None:
    file = written(tmp_path / "handed-over.csv", "who", names[:50])
    found = ran.road("preflight", file, "--client", "AOBA", "--json")
    assert (found.status, found.json["verdict"], found.json["refused"]) == (0, "personal", [])


def test_japanese_is_spoken_as_well(
    ran: Ran, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KANMON_LANG", "ja")
    told = ran.road("preflight", written(tmp_path / "a.csv", "氏名", names[:5]))
    assert told.status == 0
    assert "判定：個人データ" in told.out


def test_what_can_t_be_read_is_wrong_usage(ran: Ran, tmp_path: Path) -> None:
    for file in (tmp_path / "missing.csv", written(tmp_path / "a.csv", "x", [])):
        found = ran.road("preflight", file, "--json")
        assert found.status == (0 if file.exists() else 2)
    assert ran.road("preflight", tmp_path / "a.csv", "--client", "NOBODY").status == 2


def test_link_tells_of_browsers(ran: Ran) -> None:
    linked = ran.road("link", "--client", "AOBA", "--json")
    [facts] = linked.json["clients"]
    browsers = facts["browsers"]
    assert set(browsers) == {"cookies", "shared", "events", "before_login", "left_out"}
    assert 0 < browsers["cookies"] <= browsers["events"]
    assert 0 <= browsers["shared"] < browsers["cookies"]
    assert browsers["before_login"] + browsers["left_out"] <= browsers["events"]
    told = ran.road("link", "--client", "AOBA").out
    assert f"browsers: {browsers['cookies']:,}, of which {browsers['shared']:,} shared" in told
