"""Whom what came into the lake since a moment concerns: no client is left out, and few that it doesn't concern."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kanmon.core.ids import MemberNo
from kanmon.features.files import DuckDBChangeDetector
from kanmon.features.news import LakeState
from kanmon.lake.cleared import ClearedPerson
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.lake.files.erasing import DuckDBErasing
from kanmon.lake.files.manifest import MANIFEST, LakeFolder, Manifest
from kanmon.rights.answer.files import DuckDBOwnHistory
from tests.engines.cases import AS_OF, AS_OF_MS, HOUR, cleared, cleared_browser
from tests.lake.lakes import Did, Login, load_events, load_logins, load_members

BEFORE, AT_THE_MOMENT = AS_OF_MS - HOUR, AS_OF_MS
KNOWN = [Did(who, BEFORE - HOUR) for who in ("m1", "m2", "m3", "m4")]
KNOWN += [Did(None, BEFORE - HOUR, cookie=cookie) for cookie in ("c1", "c2", "c3", "scheme a")]
ALL = {"acme", "bolt", "cord"}


class World:
    """m1 is an applicant of acme with the browser c1, m2 of bolt with c2; cord asks about a browser; others apply not.

    On c3 both m2 and m3 logged in, m3 last.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lake = DuckDBLake(folder / "lake")
        self.numbers = load_members(self.lake, folder, ["m1", "m2", "m3", "m4"])
        self.logs_in(Login("c1", "m1", BEFORE - HOUR), Login("c2", "m2", BEFORE - HOUR))
        self.logs_in(Login("c3", "m2", BEFORE - 3 * HOUR), Login("c3", "m3", BEFORE - 2 * HOUR))
        self.does(*KNOWN)
        self.news = DuckDBChangeDetector(folder / "lake")
        self.state = self.news.state()

    def does(self, *events: Did) -> None:
        load_events(self.lake, self.folder, events)

    def logs_in(self, *logins: Login) -> None:
        load_logins(self.lake, self.folder, logins)

    def erases(self, who: str) -> None:
        DuckDBErasing(self.folder / "lake").erase(MemberNo(self.numbers[who]))

    @property
    def people(self) -> list[ClearedPerson]:
        browser = cleared_browser("cord", "scheme a")
        return [cleared("acme", self.numbers["m1"]), cleared("bolt", self.numbers["m2"]), browser]

    def concerned(self) -> set[str]:
        return set(self.news.concerned(self.people, self.state))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("news"))


@pytest.fixture
def world(made: World, tmp_path: Path) -> World:
    found = object.__new__(World)
    vars(found).update(vars(made))
    found.folder = shutil.copytree(made.folder, tmp_path / "copy")
    found.lake, found.news = DuckDBLake(found.folder / "lake"), DuckDBChangeDetector(found.folder / "lake")
    return found


@pytest.mark.parametrize(
    ("happens", "expected"),
    [
        (lambda world: None, set()),
        (lambda world: world.does(Did("m1", BEFORE)), {"acme"}),
        (lambda world: world.does(Did("m1", BEFORE), Did("m2", BEFORE)), {"acme", "bolt"}),
        (lambda world: world.does(Did("m1", AT_THE_MOMENT)), set()),
        (lambda world: world.does(Did("m1", BEFORE, site="partner")), set()),
        (lambda world: world.does(Did("m4", BEFORE, page="new")), set()),
        (lambda world: world.does(*KNOWN), set()),
        (lambda world: world.does(replace(KNOWN[1], weight=7)), {"bolt"}),
        (lambda world: world.does(Did(None, BEFORE, cookie="c1")), {"acme"}),
        (lambda world: world.does(Did(None, BEFORE, cookie="c3")), set()),
        (lambda world: world.does(Did(None, BEFORE - 2 * HOUR - 1, cookie="c3")), {"bolt"}),
        (lambda world: world.does(Did(None, BEFORE, cookie="scheme a")), {"cord"}),
        (lambda world: world.does(Did(None, BEFORE, cookie="new")), set()),
        (lambda world: world.logs_in(Login("new", "m1", BEFORE)), {"acme"}),
        (lambda world: world.logs_in(Login("c1", "m4", BEFORE)), {"acme"}),
        (lambda world: world.logs_in(Login("c1", "m4", AT_THE_MOMENT)), set()),
        (lambda world: world.logs_in(Login("new", "m4", BEFORE)), set()),
        (lambda world: world.lake.compact(), set()),
        (lambda world: [world.does(Did("m2", BEFORE)), world.lake.compact()], ALL),
        (lambda world: world.erases("m4"), ALL),
    ],
)
def test_whom_it_concerns(world: World, happens: Callable[[World], object], expected: set[str]) -> None:
    happens(world)
    assert world.concerned() == expected


def test_a_lake_put_back_from_a_copy_is_another_one(world: World) -> None:
    copy = shutil.copytree(world.folder / "lake", world.folder / "kept")
    world.does(Did("m1", BEFORE))
    world.state = world.news.state()
    shutil.rmtree(world.folder / "lake")
    shutil.copytree(copy, world.folder / "lake")
    world.does(Did("m4", BEFORE))
    assert world.concerned() == ALL


def test_a_lake_of_before_there_were_generations(world: World) -> None:
    manifest = world.folder / "lake" / MANIFEST
    told = json.loads(manifest.read_text())
    for file in (file for files in told["tables"].values() for file in files):
        del file["generation"]
    manifest.write_text(json.dumps({"tables": told["tables"]}))
    world.state = world.news.state()
    assert world.state == LakeState("")
    assert world.concerned() == ALL
    world.does(Did("m4", BEFORE))
    world.state = world.news.state()
    world.does(Did("m1", BEFORE + 1))
    assert world.concerned() == {"acme"}


def test_a_reader_begins_again_where_its_files_went(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are merged just after the reader has learned which there are."""
    history = DuckDBOwnHistory(world.folder / "lake")
    expected = history.events(MemberNo(world.numbers["m1"]), AS_OF)
    world.does(Did("m4", BEFORE))
    manifest, is_merged = LakeFolder.manifest, list[bool]()

    def read_then_merged(folder: LakeFolder) -> Manifest:
        found = manifest(folder)
        if folder is history._folder and len(is_merged) < 3:
            is_merged.append(True)
            if len(is_merged) == 3:
                world.lake.compact()
        return found

    monkeypatch.setattr(LakeFolder, "manifest", read_then_merged)
    assert history.events(MemberNo(world.numbers["m1"]), AS_OF) == expected
    assert len(is_merged) == 3
