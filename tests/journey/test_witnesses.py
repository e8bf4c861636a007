"""Witnesses as people meet them: named in settings, asked by worker and command, trusted by a holder."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kanmon.application.application import stop_database
from kanmon.ledger.note import VerifierKey
from tests.journey.command import Road, kanmon
from tests.unit.witness.running import RunningWitness, commanded, serving, witness

MakeWorkspace = Callable[[Road | None], Road]
NAMES = ("witness.example/w1", "witness.example/w2")


def key_of(road: Road) -> VerifierKey:
    return VerifierKey.parse(road("ledger", "keys", "--json").json["vkey"])


def named(monkeypatch: pytest.MonkeyPatch, *running: RunningWitness, quorum: int) -> None:
    monkeypatch.setenv("KANMON_WITNESSES", "\n".join(f"{one.vkey} {one.url}" for one in running))
    monkeypatch.setenv("KANMON_WITNESS_QUORUM", str(quorum))


@pytest.fixture
def watched(
    loaded: Road, workspace: MakeWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Road, RunningWitness, RunningWitness]]:
    """A workspace with an entry in its ledger, and two witnesses that know its key."""
    road = workspace(loaded)
    road("account", "add", "owner", "--privacy-owner")
    key = key_of(road)
    assert road("stop", "--all", "--because", "a test", "--person", "Sato").status == 0
    with witness(tmp_path / "w1", NAMES[0], key) as one, witness(tmp_path / "w2", NAMES[1], key) as two:
        named(monkeypatch, one, two, quorum=2)
        yield road, one, two


def cosigned(road: Road) -> list[tuple[int, str]]:
    return [(size, name) for size, name in road.rows("SELECT size, witness FROM witness_cosignature ORDER BY 1, 2")]


def test_the_worker_sends_each_checkpoint_and_the_command_does_so_at_once(
    watched: tuple[Road, RunningWitness, RunningWitness], monkeypatch: pytest.MonkeyPatch
) -> None:
    road, one, two = watched
    assert road("worker", "--until-empty").status == 0
    [(size,)] = road.rows("SELECT max(size) FROM ledger_checkpoint")
    assert cosigned(road) == [(size, one.vkey), (size, two.vkey)]
    assert road("resume", "--all", "--because", "well", "--person", "Sato").status in (0, 4)
    told = road("ledger", "witness", "--json")
    assert told.status == 0, told.err
    assert told.json["policy"] == {"quorum": 2, "of": 2}
    assert [answer["outcome"] for answer in told.json["answers"]] == ["cosigned", "cosigned"]
    assert "witness.example/w1: " in road("ledger", "witness").out
    two.process.terminate()
    two.process.wait()
    down = road("ledger", "witness", "--json")
    assert (down.status, down.json["answers"][1]["outcome"]) == (4, "silent")
    assert "[NOT_WITNESSED]" in down.err
    assert "witness_conflicts" not in road("audit", "ledger", "--json").json
    monkeypatch.delenv("KANMON_WITNESSES")
    assert road("ledger", "witness").status == 2


def test_a_workspace_that_was_rolled_back_everywhere_is_told_by_the_witnesses(
    watched: tuple[Road, RunningWitness, RunningWitness], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Database and second copies are those of before: nothing on the machine tells it."""
    road, _, _ = watched
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "remembered"))
    assert road("ledger", "witness").status == 0
    road.copy_to(tmp_path / "backup")
    assert road("resume", "--all", "--because", "well", "--person", "Sato").status in (0, 4)
    assert road("stop", "--all", "--because", "again", "--person", "Sato").status == 0
    assert road("ledger", "witness").status == 0
    stop_database(road.root)
    shutil.rmtree(road.root)
    shutil.rmtree(tmp_path / "remembered", ignore_errors=True)
    Road(tmp_path / "backup").copy_to(road.root)
    assert road("audit", "ledger").status == 0
    told = road("ledger", "witness", "--json")
    assert told.status == 4
    assert "[LOG_FORKED]" in told.err
    assert [answer["outcome"] for answer in told.json["answers"]] == ["rolled_back"] * 2
    audited = road("audit", "ledger", "--json")
    assert audited.status == 4
    assert [finding["fault"] for finding in audited.json["findings"]] == ["rolled_back"]
    assert all(one["note"] for one in audited.json["witness_conflicts"])
    assert "witness.example/w1" in road("audit", "ledger").out


def test_a_rotated_key_is_cosigned_once_the_witness_knows_it(
    watched: tuple[Road, RunningWitness, RunningWitness], monkeypatch: pytest.MonkeyPatch
) -> None:
    road, one, two = watched
    assert road("ledger", "witness").status == 0
    rotated = road("ledger", "rotate-key", "--as", "owner", "--reason", "each year", "--json")
    assert rotated.status == 0
    assert road("ledger", "witness").status == 0, "the succession is signed with the key before, too"
    assert road("resume", "--all", "--because", "well", "--person", "Sato").status in (0, 4)
    assert road("stop", "--all", "--because", "again", "--person", "Sato").status == 0
    refused = road("ledger", "witness", "--json")
    assert {answer["outcome"] for answer in refused.json["answers"]} == {"unknown_key"}
    for running in (one, two):
        running.process.terminate()
        running.process.wait()
        config = running.folder / "witness.toml"
        config.write_text(config.read_text().replace("keys = [", f'keys = ["{rotated.json["new"]}", '))
    with serving(one.folder, one.vkey) as first, serving(two.folder, two.vkey) as second:
        named(monkeypatch, first, second, quorum=2)
        assert road("ledger", "witness").status == 0
        newest = first.newest(key_of(road).name)
        assert newest.status == 200
    assert commanded("list", "--config", str(one.folder / "witness.toml")).stdout.count("cosigned:") == 1


def test_a_holder_who_trusts_the_witnesses_needs_nothing_of_us(
    loaded: Road, workspace: MakeWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    road = workspace(loaded)
    key = key_of(road)
    with witness(tmp_path / "w3", "witness.example/w3", key) as third:
        named(monkeypatch, third, quorum=1)
        [(member,)] = road.rows("SELECT member_id FROM member ORDER BY member_no LIMIT 1")
        assert road("subject", "withdraw", member).status == 0
        before = road("subject", "receipts", member, tmp_path / "before")
        assert before.status == 0
        assert road("ledger", "witness").status == 0
        assert road("subject", "receipts", member, tmp_path / "after").status == 0
    (early,) = (tmp_path / "before").iterdir()
    (late,) = (tmp_path / "after").iterdir()
    trusting = ("--key", key, "--witness", third.vkey)
    alone = kanmon("verify", early, *trusting)
    assert alone.status == 4
    assert "[NOT_WITNESSED]" in alone.err
    assert "cosigned by none" in kanmon("verify", early, "--key", key).out
    told = kanmon("verify", late, *trusting, "--json")
    assert told.status == 0, told.err
    assert (told.json["witnesses"]["cosigned"], told.json["witnesses"]["needed"]) == (1, 1)
    both = kanmon("verify", early, late, "--key", key, "--json")
    assert (both.status, json.loads(both.out)["verdict"]) == (0, "agreed")
    asked = kanmon("verify", early, late, *trusting, "--quorum", 1, "--json")
    assert (asked.status, asked.json["error"]["code"]) == (2, "USAGE"), "nobody would count them"
    [(first, last)] = road.rows("SELECT min(size), max(size) FROM ledger_checkpoint")
    assert first < last
    assert road("ledger", "consistency", tmp_path / "link.json", first, last).status == 0
    assert kanmon("verify", late, tmp_path / "link.json", "--key", key).status == 0
