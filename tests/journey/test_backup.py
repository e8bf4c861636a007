"""A workspace is backed up while work goes on, and put back elsewhere: nothing that was acknowledged is lost."""

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from kanmon.application.application import stop_database
from kanmon.backup import use_cases
from kanmon.backup.copy import NAME, BackupFile, copied
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import DatabaseLogins
from tests.databases import own_database, run_as_superuser
from tests.journey.command import Done, Road, kanmon
from tests.journey.conftest import Ran


@pytest.fixture(autouse=True)
def _own_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests have copies of the same workspace, whose checkpoints this machine remembers."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Road]:
    """Where a backup is restored."""
    road = Road(tmp_path / "elsewhere")
    yield road
    if road.root.exists():
        stop_database(road.root)


def restored(folder: Path, road: Road, *options: object) -> Done:
    return kanmon("restore", folder, "--workspace", road.root, "--json", *options)


def members(road: Road) -> list[str]:
    return [str(row[0]) for row in road.rows("SELECT member_id FROM member ORDER BY member_no")]


def test_a_season_that_ran_is_the_same_elsewhere(ran: Ran, elsewhere: Road, tmp_path: Path) -> None:
    road = ran.road
    made = road("backup", tmp_path / "copy", "--keys", tmp_path / "keys", "--json")
    assert made.status == 0
    assert not list((tmp_path / "copy").rglob("*.key"))
    done = restored(tmp_path / "copy", elsewhere, "--keys", tmp_path / "keys")
    assert (done.status, done.json["findings"], done.json["faults"]) == (0, 0, [])
    assert done.json["entries"] == made.json["entries"] > 0
    assert elsewhere("gate", "--json").json == road("gate", "--json").json
    assert elsewhere("audit", "ledger", "--json").json["findings"] == []
    [client, *_] = [row[0] for row in road.rows("SELECT DISTINCT client_id FROM provision ORDER BY client_id")]
    shown = [workspace("report", "show", client, "--json").json for workspace in (road, elsewhere)]
    assert shown[0] == shown[1]
    looked = [workspace("doctor", "--json").json["checks"] for workspace in (road, elsewhere)]
    states = [[(check["what"], check["state"]) for check in checks] for checks in looked]
    assert states[0] == states[1]


def test_without_its_keys_it_provides_nothing_and_says_so(ran: Ran, elsewhere: Road, tmp_path: Path) -> None:
    ran.road("backup", tmp_path / "copy")
    done = restored(tmp_path / "copy", elsewhere)
    assert (done.status, set(done.json["faults"]) >= {"LEDGER_KEY_MISSING", "ROW_KEYS_MISSING"}) == (4, True)
    assert elsewhere("run", "--json").json["error"]["code"] == "LEDGER_KEY_MISSING"


def test_who_withdrew_or_was_erased_since_stays_so(
    loaded: Road, workspace: Callable[[Road | None], Road], elsewhere: Road, tmp_path: Path
) -> None:
    road = workspace(loaded)
    withdrawn, erased, *_ = members(road)
    road("backup", tmp_path / "copy")
    assert road("subject", "withdraw", withdrawn).status == 0
    assert road("subject", "erase", erased).status == 0
    road("backup", tmp_path / "ignored", "--keys", tmp_path / "keys")  # keys as they are now
    done = restored(tmp_path / "copy", elsewhere, "--keys", tmp_path / "keys")
    assert (done.status, done.json["faults"], done.json["findings"]) == (4, ["DATABASE_BEHIND"], None)
    assert elsewhere("run", "--json").json["error"]["code"] == "DATABASE_BEHIND"
    accepted = elsewhere("restore", "--accept", "--as", "owner", "--json").json
    assert (accepted["withdrawals"], accepted["erasures"], accepted["awaited"]) == (2, 1, 0)  # who is erased withdraws
    assert erased not in members(elsewhere)
    assert elsewhere("subject", "show", withdrawn, "--json").json["consents"][-1]["action"] == "withdraw"
    assert elsewhere("audit", "ledger", "--json").json["findings"] == []


def test_it_is_restored_and_accepted_at_once(
    loaded: Road, workspace: Callable[[Road | None], Road], elsewhere: Road, tmp_path: Path
) -> None:
    road = workspace(loaded)
    road("backup", tmp_path / "copy", "--keys", tmp_path / "keys")
    [member, *_] = members(road)
    road("subject", "withdraw", member)
    done = restored(tmp_path / "copy", elsewhere, "--keys", tmp_path / "keys", "--accept", "--as", "owner")
    assert (done.status, done.json["accepted"]["withdrawals"], done.json["findings"]) == (0, 1, 0)


def test_a_damaged_or_filled_folder_is_refused_before_anything_is_made(
    empty: Road, elsewhere: Road, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    assert empty("backup", copy).status == 0
    assert empty("backup", copy).status == 2
    assert empty("backup", tmp_path / "other", "--keys", tmp_path / "other").status == 2
    for inside in ((empty.root / "copy",), (tmp_path / "other", "--keys", empty.root / "kept")):
        assert empty("backup", *inside).status == 2
        assert not inside[-1].exists()
    assert restored(copy, empty).status == 2
    content = (copy / "database.dump").read_bytes()
    (copy / "database.dump").write_bytes(content[:-1])
    refused = restored(copy, elsewhere)
    assert (refused.status, refused.json["error"]["code"]) == (1, "BACKUP_UNUSABLE")
    assert not elsewhere.root.exists()
    stop_database(empty.root)


def rewritten(copy: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """As somebody who may write the folder, and forges its list as well."""
    told = json.loads((copy / NAME).read_text())
    change(told)
    (copy / NAME).write_text(json.dumps(told))


def test_a_copy_that_lists_less_than_there_was_is_found(
    loaded: Road, workspace: Callable[[Road | None], Road], elsewhere: Road, tmp_path: Path
) -> None:
    copy, keys = tmp_path / "copy", tmp_path / "keys"
    workspace(loaded)("backup", copy, "--keys", keys)
    [lost, *_] = sorted(path.name for path in (copy / "lake").glob("*.parquet"))
    rewritten(copy, lambda told: told.update(files=[file for file in told["files"] if lost not in file["path"]]))
    done = restored(copy, elsewhere, "--keys", keys)
    assert (done.status, done.json["faults"]) == (4, ["LAKE_DAMAGED"])
    stop_database(elsewhere.root)
    shutil.rmtree(elsewhere.root)
    rewritten(copy, lambda told: told["rows"].clear())
    refused = restored(copy, elsewhere, "--keys", keys)
    assert (refused.status, refused.json["error"]["code"]) == (1, "BACKUP_UNUSABLE")


def test_a_row_that_was_changed_before_the_backup_is_found(
    loaded: Road, workspace: Callable[[Road | None], Road], elsewhere: Road, tmp_path: Path
) -> None:
    """The ledger is whole: only the tables held against it tell."""
    road = workspace(loaded)
    road.change(
        "UPDATE applicant SET as_of = as_of + INTERVAL '1 day' "
        "WHERE applicant_no = (SELECT min(applicant_no) FROM applicant)"
    )
    road("backup", tmp_path / "copy", "--keys", tmp_path / "keys")
    done = restored(tmp_path / "copy", elsewhere, "--keys", tmp_path / "keys")
    assert (done.status, done.json["findings"]) == (4, 1)


def test_a_lake_that_changes_while_it_is_copied_is_copied_anew(
    loaded: Road, workspace: Callable[[Road | None], Road], elsewhere: Road, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """As a merge of the lake's files does, which deletes those of before."""
    road, times = workspace(loaded), []

    def interrupted(reading: object, folder: Path, path: str) -> BackupFile:
        times.append(path)
        if len(times) == 2:
            raise FileNotFoundError(path)
        return copied(reading, folder, path)  # type: ignore[arg-type]

    monkeypatch.setattr(use_cases, "copied", interrupted)
    assert road("backup", tmp_path / "copy", "--keys", tmp_path / "keys").status == 0
    assert times.count(times[0]) == 2
    assert restored(tmp_path / "copy", elsewhere, "--keys", tmp_path / "keys").status == 0
    assert elsewhere("doctor").status == 0


def test_a_database_of_the_users_own_needs_a_login_that_sees_all(
    empty: Road, postgres: EmbeddedPostgres, elsewhere: Road, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def use(logins: DatabaseLogins) -> None:
        monkeypatch.setenv("KANMON_DATABASE_URL", logins.app.render_as_string(hide_password=False))
        monkeypatch.setenv("KANMON_MIGRATOR_URL", logins.migrator.render_as_string(hide_password=False))

    def see(logins: DatabaseLogins) -> None:
        url = postgres.superuser_url(str(logins.app.database)).render_as_string(hide_password=False)
        monkeypatch.setenv("KANMON_BACKUP_URL", url)

    run_as_superuser(postgres, "CREATE DATABASE restored")
    with own_database(postgres) as source:
        target = postgres.logins("restored")
        road = Road(tmp_path / "own")
        use(source)
        assert kanmon("init", road.root).status == 0
        assert road("audit", "ledger").status == 0
        refused = road("backup", tmp_path / "copy")
        assert refused.status == 2
        assert "KANMON_BACKUP_URL" in refused.err
        assert not (tmp_path / "copy").exists()
        see(source)
        assert road("backup", tmp_path / "copy", "--keys", tmp_path / "keys").status == 0
        assert restored(tmp_path / "copy", elsewhere).status == 2  # that database holds a Kanmon already
        shutil.rmtree(elsewhere.root)
        use(target)
        see(target)
        assert restored(tmp_path / "copy", elsewhere, "--keys", tmp_path / "keys").status == 0
        assert elsewhere("audit", "ledger", "--json").json["findings"] == []
        assert not (elsewhere.root / "postgres" / "data").exists()
    run_as_superuser(postgres, "DROP DATABASE restored WITH (FORCE)")


@pytest.mark.parametrize("moments", [2, 50])
def test_nothing_acknowledged_is_lost_whenever_it_is_backed_up(
    moments: int, loaded: Road, workspace: Callable[[Road | None], Road], tmp_path: Path
) -> None:
    """People withdraw without pause; what was acknowledged before a backup began is in it, the rest is taken up."""
    road, chance = workspace(loaded), random.Random(5)
    people, acknowledged, is_over = iter(members(road)), list[str](), Event()

    def withdraw_all() -> None:
        for member in people:
            if is_over.is_set():
                return
            assert road.process("subject", "withdraw", member).status == 0
            acknowledged.append(member)

    writer = Thread(target=withdraw_all)
    writer.start()
    copies = []
    try:
        for number in range(moments):
            is_over.wait(chance.random())
            before = list(acknowledged)
            assert road.process("backup", tmp_path / f"copy{number}").status == 0
            copies.append(before)
    finally:
        is_over.set()
        writer.join()
    assert road.process("backup", tmp_path / "last", "--keys", tmp_path / "keys").status == 0
    for number, before in enumerate(copies):
        elsewhere = Road(tmp_path / f"elsewhere{number}")
        done = restored(tmp_path / f"copy{number}", elsewhere, "--keys", tmp_path / "keys")
        assert set(before) <= set(withdrawals(elsewhere))
        if done.json["faults"]:
            assert done.json["faults"] == ["DATABASE_BEHIND"]
            assert elsewhere("restore", "--accept", "--as", "owner").status == 0
        assert set(acknowledged) <= set(withdrawals(elsewhere))
        stop_database(elsewhere.root)
        shutil.rmtree(elsewhere.root)


def withdrawals(road: Road) -> list[str]:
    acts = "SELECT member_id FROM consent_act JOIN member USING (member_no) WHERE action = 'withdraw'"
    return [str(row[0]) for row in road.rows(acts)]
