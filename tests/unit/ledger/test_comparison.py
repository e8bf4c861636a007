"""Two holders of receipts hold them against each other, offline: a fork is found, and nothing else is called one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kanmon.core.errors import ReceiptInvalid
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.comparison import LogView, Verdict, compare, subtrees, verdict_of, write_link
from kanmon.ledger.note import SigningKey, open_note
from kanmon.ledger.pack import verify_pack
from kanmon.ledger.service import receipt_of
from kanmon.ledger.tree import consistency_proof, inclusion_proof, leaf_hash, root
from tests.unit.ledger.memory import MemoryStore
from tests.unit.ledger.test_pack import VKEY, grown, packed
from tests.unit.ledger.witnessed import WITNESSES, cosign, key_of, state_policy
from tests.unit.witness.running import TestLog

KEY = SigningKey.generate("kanmon/log")


def receipt(log: TestLog, seq: int) -> bytes:
    return receipt_of(log.store, seq, log.key.verifier, shows_payload=True)


def forks(before: int, one: int, other: int) -> tuple[TestLog, TestLog]:
    """Two logs of one key, which part after so many entries."""
    first = TestLog(KEY)
    if before:
        first.grow(before)
    second = first.copy()
    first.grow(one, "one way")
    second.grow(other, "another way")
    return first, second


def verdict(*contents: bytes) -> Verdict:
    return compare(contents, KEY.verifier)[0].verdict


@pytest.mark.parametrize("before", [0, 1, 7, 8, 100, 255])
def test_a_fork_of_one_size_is_found_by_any_two_receipts(before: int) -> None:
    one, other = forks(before, 20, 20)
    size = before + 20
    for seq in (0, size // 2, size - 1):
        for another in (0, size - 1):
            (found,) = compare([receipt(one, seq), receipt(other, another)], KEY.verifier)
            assert found.verdict is Verdict.FORKED
            assert [view.checkpoint.size for view in found.views] == [size, size]
            for view in found.views:
                open_note(view.note, [KEY.verifier])


def test_a_rolled_back_log_that_went_on_is_found_by_receipts_of_what_was_entered_anew() -> None:
    """After a rollback to 100 entries each receipt over an entry from 100 on contradicts the old one over it."""
    one, other = forks(100, 30, 17)
    for seq in range(100, 117):
        assert verdict(receipt(one, seq), receipt(other, seq)) is Verdict.FORKED, seq
        assert verdict(receipt(other, seq), receipt(one, seq)) is Verdict.FORKED, seq


def test_receipts_of_one_log_are_never_called_a_fork() -> None:
    log = TestLog(KEY)
    receipts = []
    for count in (1, 1, 2, 4, 5, 3, 17, 31, 64):
        log.grow(count)
        receipts += [receipt(log, seq) for seq in {0, log.store.size() // 2, log.store.size() - 1}]
    verdicts = {verdict(one, other) for one in receipts for other in receipts}
    assert verdicts == {Verdict.AGREED, Verdict.UNDECIDED}


def test_every_verdict_over_small_trees_is_true() -> None:
    """Entries of trees of up to 12, forked at every place, or not: no verdict contradicts what was done."""
    decided = {Verdict.AGREED: 0, Verdict.FORKED: 0, Verdict.UNDECIDED: 0}
    for before in range(9):
        one, other = forks(before, 12 - before, 12 - before)
        for small in range(before + 1, 12):
            for seq in range(0, small, 2):
                for another in range(12):
                    mine, theirs = view(one, seq, small), view(other, another, 12)
                    found = verdict_of(mine, theirs)
                    assert found is not Verdict.AGREED
                    decided[found] += 1
                    found = verdict_of(mine, view(one, another, 12))
                    assert found is not Verdict.FORKED
                    decided[found] += 1
    assert all(decided.values())


def view(log: TestLog, seq: int, size: int) -> LogView:
    leaf = leaf_hash(log.store.kept[seq].leaf())
    hashes = subtrees(leaf, seq, size, inclusion_proof(log.store, seq, size))
    assert hashes[0, size] == root(log.store, size)
    return LogView("", Checkpoint(KEY.name, size, root(log.store, size)), (), hashes)


def link(log: TestLog, old: int, new: int) -> bytes:
    return write_link(log.note(old), log.note(new), consistency_proof(log.store, old, new))


def test_a_proof_of_consistency_decides_and_one_that_proves_nothing_is_refused() -> None:
    log = TestLog(KEY)
    log.grow(37)
    early = receipt(log, 2)
    log.grow(64)
    late = receipt(log, 90)
    assert verdict(early, late) is Verdict.UNDECIDED
    bridged = compare([early, late, link(log, 37, 101)], KEY.verifier)
    assert {one.verdict for one in bridged} == {Verdict.AGREED}
    other, _ = forks(0, 101, 1)
    assert verdict(early, link(other, 37, 101)) is Verdict.FORKED
    said = json.loads(link(log, 37, 101))
    for wrong in ({"hashes": said["hashes"][1:]}, {"old": said["new"]}, {"new": log.note(100)}, {"further": "x"}):
        with pytest.raises(ReceiptInvalid):
            compare([early, json.dumps(said | wrong, separators=(",", ":"), sort_keys=True).encode()], KEY.verifier)


def test_a_checkpoint_that_somebody_kept_may_be_one_of_the_files() -> None:
    one, other = forks(50, 20, 20)
    kept = one.note(70).encode()
    assert verdict(kept, receipt(one, 3)) is Verdict.AGREED
    assert verdict(kept, receipt(other, 3)) is Verdict.FORKED
    for wrong in (b"", b"\xff", b"x\n", kept[:-2], SigningKey.generate(KEY.name).name.encode()):
        with pytest.raises(ReceiptInvalid):
            compare([wrong, receipt(one, 3)], KEY.verifier)
    with pytest.raises(ReceiptInvalid):
        compare([kept, kept], None)


def test_a_pack_holds_every_checkpoint_between() -> None:
    store, ledger = grown(MemoryStore())
    pack = packed(store, ledger)
    held = [view.size for view in verify_pack(pack, VKEY).checkpoints]
    assert len(held) > 2
    for note in store.notes:
        (found,) = compare([note.encode(), pack], VKEY)
        is_held = int(note.split("\n")[1]) in held
        assert found.verdict is (Verdict.AGREED if is_held else Verdict.UNDECIDED)
    fork, _ = grown(MemoryStore())
    assert compare([fork.notes[-1].encode(), pack], VKEY)[0].verdict is Verdict.FORKED


def test_files_of_several_logs_are_not_compared() -> None:
    stranger = TestLog(SigningKey.generate("kanmon/another"))
    stranger.grow(5)
    log = TestLog(KEY)
    log.grow(5)
    with pytest.raises(ReceiptInvalid):
        compare([receipt(log, 1), receipt(stranger, 1)], None)
    with pytest.raises(ReceiptInvalid):
        compare([receipt(log, 1), receipt(stranger, 1)], KEY.verifier)
    namesake = TestLog(SigningKey.generate(KEY.name))
    namesake.grow(5)
    with pytest.raises(ReceiptInvalid):
        compare([receipt(log, 1), receipt(namesake, 1)], None)


def compared(*arguments: str, is_key_given: bool = True) -> subprocess.CompletedProcess[str]:
    key = ["--key", str(KEY.verifier)] if is_key_given else []
    command = [sys.executable, "-m", "kanmon", "verify", *arguments, *key]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "KANMON_LANG": "en"})


def test_the_command_hands_out_both_notes_as_evidence(tmp_path: Path) -> None:
    one, other = forks(50, 20, 23)
    mine, theirs, older = tmp_path / "mine.json", tmp_path / "theirs.json", tmp_path / "older.txt"
    mine.write_bytes(receipt(one, 60))
    theirs.write_bytes(receipt(other, 60))
    older.write_text(one.note(50))
    ended = compared(str(mine), str(theirs))
    assert ended.returncode == 4
    assert one.note(70) in ended.stdout
    assert other.note(73) in ended.stdout
    assert "forked or rolled back" in ended.stderr
    ended = compared(str(mine), str(theirs), "--json")
    said = json.loads(ended.stdout)
    assert (ended.returncode, said["verdict"]) == (4, "forked")
    assert said["comparisons"][0]["notes"] == [one.note(70), other.note(73)]
    same = compared(str(mine), str(mine))
    assert (same.returncode, str(KEY.verifier) in same.stdout) == (0, False)
    doubted = compared(str(mine), str(mine), is_key_given=False)
    assert (doubted.returncode, str(KEY.verifier) in doubted.stdout) == (0, True)
    assert "compare it with the published one" in doubted.stdout
    doubted = compared(str(mine), str(mine), "--json", is_key_given=False)
    assert json.loads(doubted.stdout)["is_key_trusted"] is False
    ended = compared(str(mine), str(older))
    assert (ended.returncode, "don't decide" in ended.stderr) == (4, True)
    (tmp_path / "link.json").write_bytes(link(one, 50, 70))
    ended = compared(str(mine), str(older), str(tmp_path / "link.json"))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "are of one log" in ended.stdout
    assert compared(str(mine), str(older), "--seen", str(older)).returncode == 2


def test_witnesses_that_cosigned_both_are_named() -> None:
    log = TestLog(KEY)
    state_policy(log.store, KEY, 1)
    log.grow(37)
    cosign(log.store, WITNESSES[0])
    early = receipt(log, 2)
    log.grow(64)
    cosign(log.store, WITNESSES[0], WITNESSES[1])
    late = receipt(log, 90)
    (found,) = compare([early, late], KEY.verifier)
    assert found.verdict is Verdict.UNDECIDED
    assert found.witnesses == [key_of(WITNESSES[0])]
