"""Erasing one member from the lake: every file, and nothing of anybody else."""

from pathlib import Path

import ibis
import pytest

from kanmon.core.ids import MemberNo
from kanmon.lake.browser import LOGIN_HOLDS_MS, shared_spans
from kanmon.lake.event import IDENTITY_SCHEMA
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.lake.files.erasing import DuckDBErasing
from kanmon.lake.files.ibis_connection import opened_by_ibis, parquet
from kanmon.lake.files.manifest import LakeFolder
from tests.lake.conftest import EVERYWHERE
from tests.lake.lakes import Did, Login, kept, load_events, load_logins, load_members, lying, names_of

DAY = LOGIN_HOLDS_MS
PEOPLE = ["gone", "stays", "other"]
EVENTS = [
    Did("gone", 10, page="secret-page"),
    Did("gone", 20, page="top"),
    Did(None, 5, cookie="gones-phone"),
    Did("stays", 10),
    Did(None, 7, cookie="stays-phone"),
    Did(None, 2 * DAY, cookie="library"),  # gone's, who logged in at that moment
    Did(None, 2 * DAY + 5, cookie="library"),
    Did(None, 4 * DAY + 5, cookie="library"),  # stays'
    Did(None, 8 * DAY, cookie="library"),  # nobody knows whose
]
LOGINS = [
    Login("gones-phone", "gone", 6),
    Login("stays-phone", "stays", 8),
    Login("library", "stays", DAY),
    Login("library", "gone", 2 * DAY),
    Login("library", "stays", 4 * DAY),
    Login("library", "gone", 6 * DAY),
]
GONE = EVENTS[:3] + EVENTS[5:7]


@pytest.fixture
def lake(place: LakeFolder, tmp_path: Path) -> DuckDBLake:
    lake = DuckDBLake(place)
    load_members(lake, tmp_path, PEOPLE)
    load_logins(lake, tmp_path, LOGINS)
    load_events(lake, tmp_path, EVENTS)
    return lake


def number_of(lake: DuckDBLake, tmp_path: Path, member: str) -> MemberNo:
    return MemberNo(load_members(lake, tmp_path, [member])[member])


def spans_of(lake: DuckDBLake, member: int) -> list[tuple[int, int]]:
    with opened_by_ibis(lake.folder, "500MB") as con:
        logins = parquet(con, lake.folder.paths("identity"), IDENTITY_SCHEMA).mutate(row=0, as_of=ibis.literal(2**62))
        spans = shared_spans(logins)
        found = spans.filter(spans.owner == member).to_pyarrow().to_pylist()
    return sorted((span["since"], span["until"]) for span in found)


@EVERYWHERE
def test_what_the_member_did_is_in_no_file_and_all_else_is_as_it_was(lake: DuckDBLake, tmp_path: Path) -> None:
    erasing, gone = DuckDBErasing(lake.folder), number_of(lake, tmp_path, "gone")
    assert erasing.browsers(gone) == ["gones-phone"]
    before = kept(lake)
    erasing.erase(gone)
    assert before - kept(lake) == dict.fromkeys(GONE, 1)
    assert not kept(lake) - before
    everything = b"".join(lying(lake).values())
    for word in (b"gone", b"secret-page"):
        assert word not in everything
    assert b"library" in everything


def test_a_shared_browser_is_nobody_elses_for_it(lake: DuckDBLake, tmp_path: Path) -> None:
    stays = number_of(lake, tmp_path, "stays")
    before = spans_of(lake, stays)
    DuckDBErasing(lake.folder).erase(number_of(lake, tmp_path, "gone"))
    assert spans_of(lake, stays) == before


def test_with_the_last_of_its_users_a_shared_browser_goes(lake: DuckDBLake, tmp_path: Path) -> None:
    for member in ("gone", "stays"):
        DuckDBErasing(lake.folder).erase(number_of(lake, tmp_path, member))
    assert not kept(lake)
    assert b"library" not in b"".join(lying(lake).values())


@EVERYWHERE
def test_erased_twice_nothing_changes(lake: DuckDBLake, tmp_path: Path) -> None:
    gone = number_of(lake, tmp_path, "gone")
    DuckDBErasing(lake.folder).erase(gone)
    files = {table: names_of(lake, table) for table in lake.folder.manifest()}
    DuckDBErasing(lake.folder).erase(gone)
    assert {table: names_of(lake, table) for table in lake.folder.manifest()} == files


def test_a_number_is_never_given_again(lake: DuckDBLake, tmp_path: Path) -> None:
    last = load_members(lake, tmp_path, ["zoe"])["zoe"]
    DuckDBErasing(lake.folder).erase(MemberNo(last))
    assert load_members(lake, tmp_path, ["new"])["new"] > last


def test_files_without_anything_of_the_member_stay_the_same(lake: DuckDBLake, tmp_path: Path) -> None:
    load_events(lake, tmp_path, [Did("other", 30 * DAY)])
    before = names_of(lake, "event")
    DuckDBErasing(lake.folder).erase(number_of(lake, tmp_path, "gone"))
    assert len(before & names_of(lake, "event")) == 1
