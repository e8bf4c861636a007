"""A lake on object storage tells what the same lake in a folder tells, and is whole whatever befalls its writer."""

import os
import re
import signal
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from kanmon.audits.gap.model import Window
from kanmon.core.errors import LakeElsewhere, LakeOutOfReach, UsageError
from kanmon.core.ids import ClientId, MemberNo
from kanmon.core.workspace import Workspace
from kanmon.engines.browsers import LakeBrowsers, known_cookies
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.features import LakeFeatures
from kanmon.engines.function_use import LakeFunctionUse
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.lake.files.manifest import LakeFolder
from kanmon.lake.files.storage import ObjectStorage as Bucket
from kanmon.lake.files.whereabouts import lake_of
from kanmon.linkage.browsers import MemberQuery
from kanmon.rights.answer.files import DuckDBOwnHistory
from kanmon.rights.answer.history import ScoreQuery
from tests.engines.cases import AS_OF, AS_OF_MS, DAY, cleared
from tests.lake.lakes import Did, Login, kept, load_events, load_logins, load_members, lying
from tests.object_storage import ObjectStorage

PEOPLE = ("ann", "bea")
LOGINS = [Login("home", "ann", AS_OF_MS - 20 * DAY), Login("library", "ann", AS_OF_MS - 9 * DAY)]
EVENTS = [
    Did("ann", AS_OF_MS - 2 * DAY, kind="pre_entry"),
    Did("bea", AS_OF_MS - 3 * DAY, target="others", page=None),
    *(Did(None, AS_OF_MS - days * DAY, cookie="home") for days in (25, 19, 3)),
]
SPAWNED = get_context("spawn")


@dataclass(frozen=True)
class Twins:
    """The same lake twice, and the members' numbers."""

    local: LakeFolder
    remote: LakeFolder
    numbers: dict[str, MemberNo]


def filled(lake: DuckDBLake, staging: Path) -> dict[str, MemberNo]:
    numbers = load_members(lake, staging, PEOPLE)
    load_logins(lake, staging, LOGINS)
    load_events(lake, staging, EVENTS)
    return {who: MemberNo(number) for who, number in numbers.items()}


@pytest.fixture(scope="module")
def twins(s3: ObjectStorage, tmp_path_factory: pytest.TempPathFactory) -> Twins:
    root = tmp_path_factory.mktemp("twins")
    local, remote = LakeFolder(root / "lake"), LakeFolder(s3.fresh(), root / "spill")
    numbers = filled(DuckDBLake(local), root)
    assert filled(DuckDBLake(remote), root) == numbers
    return Twins(local, remote, numbers)


def test_features_are_the_same(twins: Twins) -> None:
    people = [cleared("acme", number, covers_before_login=True) for number in twins.numbers.values()]
    local, remote = (LakeFeatures(OpenDuckDB(lake)).compute(people).table for lake in (twins.local, twins.remote))
    assert remote["own_events_all"].to_pylist() == [4, 0]
    assert remote.equals(local)


def test_own_history_is_the_same(twins: Twins) -> None:
    ann = twins.numbers["ann"]
    asked = [ScoreQuery(ann, ClientId("acme"), AS_OF, True, ())]
    local, remote = (
        (history.browsers(ann, AS_OF, ()), history.counted(asked), history.events(ann, AS_OF))
        for history in (DuckDBOwnHistory(twins.local), DuckDBOwnHistory(twins.remote))
    )
    assert len(remote[2]) == 4
    assert remote == local


def test_what_is_told_of_browsers_and_of_the_use_of_a_function_is_the_same(twins: Twins) -> None:
    asked = [MemberQuery(ClientId("acme"), number, AS_OF) for number in twins.numbers.values()]
    members = np.array([*twins.numbers.values()])
    window = Window(AS_OF - timedelta(30), AS_OF)
    local, remote = (
        (
            LakeBrowsers(OpenDuckDB(lake)).summary(asked),
            sorted(known_cookies(lake).to_pylist()),
            LakeFunctionUse(OpenDuckDB(lake)).users(members, frozenset({"pre_entry"}), window).tolist(),
        )
        for lake in (twins.local, twins.remote)
    )
    assert remote[1:] == (["home", "library"], [twins.numbers["ann"]])
    assert remote == local


def load_and_die(uri: str, staging: Path, deed: str) -> None:
    """Load one more event and be killed as the storage is asked for that deed on the manifest or on an old file."""

    def dies(*_: object) -> None:
        if lying(DuckDBLake(LakeFolder(uri))):
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(Bucket, deed, dies)
    load_events(DuckDBLake(LakeFolder(uri, staging / "spill")), staging, [Did("bea", EVENTS[1].t, "view", weight=9)])


@pytest.mark.parametrize(("deed", "has_changed"), [("replace", False), ("delete", True)])
def test_a_killed_writer_leaves_a_whole_lake(s3: ObjectStorage, tmp_path: Path, deed: str, has_changed: bool) -> None:
    uri = s3.fresh()
    lake = DuckDBLake(LakeFolder(uri, tmp_path / "spill"))
    load_members(lake, tmp_path, PEOPLE)
    old, new = Did("bea", EVENTS[1].t), Did("bea", EVENTS[1].t, weight=9)
    load_events(lake, tmp_path, [old])
    process = SPAWNED.Process(target=load_and_die, args=(uri, tmp_path, deed))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert kept(lake) == Counter([new if has_changed else old])
    assert sum(name.startswith("event-") for name in lying(lake)) == 2
    load_members(lake, tmp_path, ["zoe"])
    named = {file.name for files in lake.folder.manifest().values() for file in files}
    assert set(lying(lake)) == {*named, "manifest.json"}


@pytest.mark.parametrize("uri", ["s3://me:secret@bucket/lake?no_such_option=1", "nowhere://me:secret@bucket/lake"])
def test_what_is_no_address_is_refused_and_its_secret_not_told(uri: str) -> None:
    with pytest.raises(UsageError) as refused:
        LakeFolder(uri)
    assert "secret" not in str(refused.value)


def test_a_bucket_that_is_not_there(s3: ObjectStorage, tmp_path: Path) -> None:
    folder = LakeFolder(s3.uri("me:secret@no-such-bucket/lake"), tmp_path / "spill")
    for deed in (
        folder.check,
        lambda: folder.swap({}),
        lambda: load_members(DuckDBLake(folder), tmp_path, PEOPLE),
    ):
        with pytest.raises(LakeOutOfReach) as refused:
            deed()
        assert refused.value.values["place"] == "s3://no-such-bucket/lake"
        assert "secret" not in str(refused.value)


def test_a_workspace_has_one_lake(s3: ObjectStorage, tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "workspace", is_replay=False)
    with pytest.raises(LakeOutOfReach):
        lake_of(workspace, s3.uri("no-such-bucket/lake"))
    here = s3.fresh()
    lake = lake_of(workspace, here)
    assert lake_of(workspace, here).place == lake.place
    for elsewhere in (None, s3.fresh()):
        with pytest.raises(LakeElsewhere, match=re.escape(lake.place)):
            lake_of(workspace, elsewhere)


def test_a_lake_in_the_workspace_is_not_left_for_an_empty_place(s3: ObjectStorage, tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "workspace", is_replay=False)
    load_members(DuckDBLake(lake_of(workspace, None)), tmp_path, PEOPLE)
    with pytest.raises(LakeElsewhere, match=re.escape(str(workspace.lake))):
        lake_of(workspace, s3.fresh())
