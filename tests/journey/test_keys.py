"""Keys that a workspace has had and lost, as commands tell it."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from kanmon.application.application import stop_database
from tests.journey.command import Road


def test_a_lost_ledger_key_is_told_and_never_made_anew(workspace: Callable[[Road | None], Road]) -> None:
    road = workspace(None)
    assert road("audit", "ledger").status == 0
    key = road.root / "ledger.key"
    kept = key.read_text()
    key.unlink()
    refused = road("run", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (4, "LEDGER_KEY_MISSING")
    assert "KANMON_LEDGER_KEY" in refused.err
    assert refused.err.count("[LEDGER_KEY_MISSING]") == 1
    looked = road("audit", "ledger", "--json")
    assert (looked.status, looked.json["findings"]) == (0, [])
    assert "[LEDGER_KEY_MISSING]" in looked.err
    assert not key.exists()
    key.write_text(kept)
    assert "LEDGER_KEY" not in road("audit", "ledger").err


def test_an_old_copy_of_the_workspace_in_its_place_provides_nobody_who_withdrew(
    loaded: Road, workspace: Callable[[Road | None], Road], tmp_path: Path
) -> None:
    road = workspace(loaded)
    assert road("audit", "ledger").status == 0
    road.copy_to(tmp_path / "backup")
    [(member,)] = road.rows("SELECT member_id FROM member ORDER BY member_no LIMIT 1")
    assert road("subject", "withdraw", member).status == 0
    stop_database(road.root)
    shutil.rmtree(road.root)
    Road(tmp_path / "backup").copy_to(road.root)

    refused = road("run", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (4, "DATABASE_BEHIND")
    assert "[DATABASE_BEHIND]" in refused.err
    accepted = road("restore", "--accept", "--as", "owner", "--reason", "the disk broke", "--json")
    assert (accepted.status, accepted.json["withdrawals"], accepted.json["awaited"]) == (0, 1, 0)
    [*_, act] = road("subject", "show", member, "--json").json["consents"]
    assert act["action"] == "withdraw"
    audited = road("audit", "ledger", "--json")
    assert (audited.status, audited.json["findings"], audited.err) == (0, [], "")
    assert road("restore", "--accept", "--as", "owner").status == 2


def test_the_ledgers_key_is_rotated_by_the_privacy_owner(workspace: Callable[[Road | None], Road]) -> None:
    road = workspace(None)
    road("account", "add", "owner", "--privacy-owner")
    before = road("ledger", "keys", "--json").json["vkey"]
    rotated = road("ledger", "rotate-key", "--as", "owner", "--reason", "each year", "--json")
    assert (rotated.status, rotated.json["old"], rotated.json["because"]) == (0, before, "rotated")
    audited = road("audit", "ledger", "--json")
    assert (audited.status, audited.json["findings"]) == (0, [])
    assert [step["new"] for step in audited.json["successions"]] == [rotated.json["new"]]
    assert road("ledger", "keys", "--json").json["vkey"] == rotated.json["new"]
    refused = road("ledger", "rotate-key", "--as", "owner", "--reason", "lost", "--lost")
    assert refused.status == 2


def test_keys_of_programs_are_listed_by_label_without_the_keys(workspace: Callable[[Road | None], Road]) -> None:
    road = workspace(None)
    assert "kanmon key add" in road("key", "list").out
    made = [road("key", "add", label, "--json").json["key"] for label in ("old", "board")]
    assert road("key", "revoke", "old").status == 0
    listed = road("key", "list", "--json")
    assert [(key["label"], key["may"], key["revoked_at"] is None) for key in listed.json["keys"]] == [
        ("board", ["events"], True),
        ("old", ["events"], False),
    ]
    told = road("key", "list").out
    [heads, board, old] = [re.split(r" {2,}", line.strip()) for line in told.splitlines()]
    assert heads == ["key", "opens", "for client", "made on", "revoked on"]
    assert board[:3] == ["board", "events", "all"]
    assert (len(board), len(old)) == (4, 5)
    assert not any(key in told + listed.out for key in made)
