"""Answers: what is left out, put in, backdated, forged or rolled back is found in the one file, offline."""

import json
import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanmon.core.errors import KanmonError, ReceiptInvalid
from kanmon.ledger.answer import INDEXED_SINCE, is_answer, verify_answer, write_answer
from kanmon.ledger.answer_words import answer_facts, answer_sentences
from kanmon.ledger.canonical import canonical
from kanmon.ledger.checkpoint import Checkpoint, PeopleRoot
from kanmon.ledger.comparison import Verdict, compare
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.fsck import LedgerFault, check_ledger
from kanmon.ledger.held_files import check_held, checkpoints_in
from kanmon.ledger.note import SigningKey, encoded
from kanmon.ledger.people import label_of
from kanmon.ledger.people_tree import PeopleTree
from kanmon.ledger.service import Ledger, chain_of, receipt_of
from kanmon.ledger.vrf import VrfKey
from tests.drawn import examples
from tests.unit.ledger import second_verifier
from tests.unit.ledger.memory import AT, MemoryStore
from tests.unit.ledger.test_receipt import run_alone
from tests.unit.ledger.witnessed import WITNESSES, cosign, key_of, state_policy

KEY = SigningKey.generate("kanmon/test")
LABELS = VrfKey.derived(b"\x07" * 32)
OTHER_LABELS = VrfKey.derived(b"\x08" * 32)
WORDS = {"occurred_at": "2026-03-01T00:00:00.000000Z", "screen_id": "s1", "text_sha256": "0" * 64}


class Board:
    """A log of what was done with people, and who was told what."""

    def __init__(self, labels: VrfKey | None = LABELS) -> None:
        self.store = MemoryStore(labels)
        self.provided: dict[str, set[str]] = {}
        self.agreed: dict[str, int] = {}

    def enter(self, *entries: NewEntry) -> list[int]:
        ledger = Ledger(self.store, KEY)
        seqs = ledger.append(entries)
        ledger.sign(AT)
        return seqs

    def agree(self, member: str, **changed: object) -> int:
        said = {"member_id": member, "action": "accept", "client_id": None, **WORDS, **changed}
        [seq] = self.enter(NewEntry(EntryType.CONSENT, AT, said))
        self.agreed[member] = seq
        return seq

    def provide(self, member: str, client: str, **changed: object) -> int:
        if member not in self.agreed:
            self.agree(member)
        consent = {"seq": self.agreed[member], **WORDS, **changed}
        said = {"member_id": member, "recipient": {"client_id": client}, "consent": consent, "items": {"score": "0.5"}}
        [seq] = self.enter(NewEntry(EntryType.PROVISION_RECORD, AT, said))
        self.provided.setdefault(member, set()).add(client)
        return seq

    def answer(self, member: str, provided_to: Sequence[str] | None = None, held: Sequence[bytes] = ()) -> bytes:
        named = sorted(self.provided.get(member, ())) if provided_to is None else list(provided_to)
        said = {"member_id": member, "asked_at": instant(AT), "scored_for": [], "trained": [], "provided_to": named}
        [seq] = self.enter(NewEntry(EntryType.ANSWER, AT, said))
        checkpoints = checkpoints_in(held, chain_of(self.store, KEY.verifier))
        return write_answer(self.store, seq, KEY.verifier, checkpoints)


def first(answer: bytes, held: bytes | None = None) -> bool:
    try:
        verified = verify_answer(answer, KEY.verifier)
        check_held(verified, [] if held is None else [held])
    except KanmonError:
        return False
    return verified.entries is not None


def second(answer: bytes, held: bytes | None = None) -> bool:
    try:
        second_verifier.verify_answer(answer, str(KEY.verifier), held)
        second_verifier.verify_file(answer, str(KEY.verifier))
    except Exception:
        return False
    return True


def refused(answer: bytes, match: str, held: bytes | None = None) -> None:
    """Both verifiers refuse it, and ours says why."""
    assert not second(answer, held)
    with pytest.raises(ReceiptInvalid, match=match):
        check_held(verify_answer(answer, KEY.verifier), [] if held is None else [held])


def busy_board() -> Board:
    board = Board()
    for number in range(80):
        board.provide(f"N{number}", "other")
    board.provide("M1", "C1")
    board.answer("M1")
    for number in range(40):
        board.agree(f"N{number}")
    board.provide("M1", "C2")
    return board


BOARD = busy_board()
ANSWER = BOARD.answer("M1")
NO = BOARD.answer("M2")


def test_both_verifiers_take_a_true_answer_and_tell_the_same_entries() -> None:
    verified = verify_answer(ANSWER, KEY.verifier)
    assert verified.entries is not None
    assert [dict(one.entry) for one in verified.entries] == [
        one["entry"] for one in second_verifier.verify_answer(ANSWER, str(KEY.verifier))
    ]
    facts = answer_facts(verified)
    assert facts["nothing_else"] is True
    assert facts["provided_to"] == ["C1", "C2"]
    assert len(verified.earlier) == 1
    assert is_answer(ANSWER)
    assert len(ANSWER) < 30_000
    assert any("provided to C2" in sentence for sentence in answer_sentences(verified, [], str))


def test_a_no_proves_itself() -> None:
    assert second(NO)
    verified = verify_answer(NO, KEY.verifier)
    assert verified.provisions == []
    said = answer_sentences(verified, [], str)
    assert "nothing about this person was provided to anybody: a record of it would be one of them" in said


def test_a_lying_no_is_found() -> None:
    board = busy_board()
    refused(board.answer("M1", provided_to=[]), 'leaves out a provision to "C1"')
    refused(board.answer("M1", provided_to=["C1"]), 'leaves out a provision to "C2"')
    hidden = json.loads(board.answer("M1", provided_to=[]))
    hidden["person"]["entries"] = [
        line for line in hidden["person"]["entries"] if line["entry"]["type"] != "provision_record"
    ]
    refused(trimmed(hidden), "some are left out, or put in")


def test_an_answer_that_is_cut_to_a_plain_receipt_is_incomplete() -> None:
    cut = json.loads(ANSWER)
    del cut["person"]
    refused(canonical(cut), "incomplete")


def test_before_the_index_an_answer_is_told_as_such_but_not_once_every_log_has_one() -> None:
    board = Board(None)
    board.provide("M1", "C1")
    old = board.answer("M1", provided_to=[])
    verified = verify_answer(old, KEY.verifier)
    assert verified.entries is None
    assert answer_facts(verified) == {"nothing_else": False}
    assert "no index of people" in answer_sentences(verified, [], str)[0]
    late = NewEntry(EntryType.ANSWER, AT + timedelta(days=365), {"member_id": "M1", "provided_to": []})
    assert instant(late.at) >= INDEXED_SINCE
    [seq] = board.enter(late)
    refused(write_answer(board.store, seq, KEY.verifier), "since 2027-01-01")


def test_an_answer_for_a_code_proves_no_more_than_it_did() -> None:
    board = Board()
    [seq] = board.enter(NewEntry(EntryType.ANSWER, AT, {"code_sha256": "0" * 64, "provided_to": []}))
    answer = write_answer(board.store, seq, KEY.verifier)
    assert answer == receipt_of(board.store, seq, KEY.verifier, shows_payload=True)
    verified = verify_answer(answer, KEY.verifier)
    assert "check code" in answer_sentences(verified, [], str)[0]


def trimmed(said: dict[str, Any]) -> bytes:
    """A file whose hashes are just those that are used, in their order, as a careful liar would write it."""
    person = said["person"]
    uses = [(line, "proof") for line in person["entries"]] + [(line, "extends") for line in person["earlier"]]
    used = list(dict.fromkeys(place for line, name in uses for place in line[name]))
    for line, name in uses:
        line[name] = [used.index(place) for place in line[name]]
    person["hashes"] = [person["hashes"][place] for place in used]
    return canonical(said)


@pytest.mark.parametrize("place", range(5))
def test_an_omitted_entry_is_found_whichever_it_is(place: int) -> None:
    said = json.loads(ANSWER)
    assert len(said["person"]["entries"]) == 4
    if place == 4:
        said["person"]["entries"] *= 2
    else:
        del said["person"]["entries"][place]
    assert not first(trimmed(said))
    assert not second(trimmed(said))


def test_an_entry_put_in_moved_or_backdated_is_found() -> None:
    other = json.loads(BOARD.answer("N3"))["person"]
    said = json.loads(ANSWER)
    line = other["entries"][0]
    said["person"]["hashes"] += other["hashes"]
    shift = len(json.loads(ANSWER)["person"]["hashes"])
    line["proof"] = [place + shift for place in line["proof"]]
    said["person"]["entries"].append(line)
    assert not first(trimmed(said))
    assert not second(trimmed(said))
    for name, value in (("at", "2020-01-01T00:00:00.000000Z"), ("seq", 3), ("type", "consent")):
        said = json.loads(ANSWER)
        said["person"]["entries"][1]["entry"][name] = value
        assert not first(canonical(said)), name
        assert not second(canonical(said)), name


def test_an_agreement_that_came_after_its_provision_is_found() -> None:
    """The platform provides first and has an agreement of last year entered afterwards."""
    board = Board()
    board.agreed["M1"] = 2
    board.enter(NewEntry(EntryType.LOAD, AT, {}))
    board.provide("M1", "C1")
    assert board.agree("M1") == 2
    refused(board.answer("M1"), "is not one that the log had of this person before it")


@pytest.mark.parametrize(
    "act", [{"screen_id": "s2"}, {"text_sha256": "1" * 64}, {"action": "refuse"}, {"occurred_at": instant(AT)}]
)
def test_a_forged_act_is_found(act: dict[str, str]) -> None:
    board = Board()
    board.agree("M1", **act)
    board.provide("M1", "C1")
    refused(board.answer("M1"), "is not one that the log had of this person before it")


def test_an_act_of_somebody_else_carries_no_provision() -> None:
    board = Board()
    board.agreed["M1"] = board.agree("N1")
    board.provide("M1", "C1")
    refused(board.answer("M1"), "is not one that the log had of this person before it")


def test_a_hidden_record_of_a_provision_is_refused() -> None:
    said = json.loads(ANSWER)
    for line in said["person"]["entries"]:
        if line["entry"]["type"] == "provision_record":
            del line["payload"], line["key"]
    refused(canonical(said), "does not show what it says")


def test_another_label_is_nobodys() -> None:
    """Neither another person's place in the index, nor a label under another key, nor no entry at all is an answer."""
    said = json.loads(NO)
    for proof in (LABELS.prove(b"M9"), OTHER_LABELS.prove(b"M2"), LABELS.prove(b"M2")[:-1] + b"\x00"):
        changed = canonical({**said, "person": {**said["person"], "label": encoded(proof)}})
        refused(changed, "label is not this person's")


def test_an_index_without_the_provision_does_not_fit_the_checkpoint_that_others_have() -> None:
    """A platform that signs another index for one person has signed two checkpoints over as many entries."""
    board = busy_board()
    true = board.answer("M1")
    signed = chain_of(board.store, KEY.verifier).open(board.store.notes[-1])
    without = MemoryStore(LABELS)
    Ledger(without, KEY).append([NewEntry(EntryType.LOAD, AT, {})])
    people = PeopleRoot(PeopleTree(without).root, LABELS.public)
    forged = Checkpoint(signed.origin, signed.size, signed.root, people).signed(KEY)
    with pytest.raises(ReceiptInvalid, match="two logs"):
        check_held(verify_answer(true, KEY.verifier), [forged.encode()])


def test_a_rolled_back_log_is_found_against_what_the_person_holds() -> None:
    board = busy_board()
    before = board.answer("M1")
    rolled_back = busy_board()
    later = rolled_back.answer("M1")
    held = receipt_of(board.store, board.provide("M1", "C3"), KEY.verifier, shows_payload=True)
    refused(later, "rolled back", held)
    for number in range(30):
        rolled_back.agree(f"N{number}")
    refused(rolled_back.answer("M1"), "does not bring how its log extends", held)
    kept = json.loads(before)
    assert not first(rolled_back.answer("M1"), canonical(kept))
    assert not second(rolled_back.answer("M1"), canonical(kept))


def test_what_a_person_holds_is_held_against_a_later_answer() -> None:
    board = busy_board()
    older = board.answer("M1")
    receipt = receipt_of(board.store, board.agreed["M1"], KEY.verifier, shows_payload=True)
    board.provide("M1", "C3")
    newer = board.answer("M1")
    assert first(newer, older)
    assert second(newer, older)
    assert first(board.answer("M1", held=[receipt]), receipt)
    assert second(board.answer("M1", held=[receipt]), receipt)
    note = board.store.notes[7].encode()
    refused_without = board.answer("M1")
    with pytest.raises(ReceiptInvalid, match="ask for the answer once more"):
        check_held(verify_answer(refused_without, KEY.verifier), [note])
    assert first(board.answer("M1", held=[note]), note)


def test_a_receipt_whose_entry_the_index_hides_is_found() -> None:
    """The platform keeps an entry out of a person's list for good: whoever holds its receipt finds that."""
    board = Board()
    board.store = HidingStore(hidden=1)
    seq = board.provide("M1", "C1")
    held = receipt_of(board.store, seq, KEY.verifier, shows_payload=True)
    answer = board.answer("M1", provided_to=[], held=[held])
    assert first(answer), "alone the file can't tell; `kanmon audit ledger` does, and whoever holds a receipt"
    assert second(answer)
    refused(answer, "leaves out entry 1, which a file that you hold has", held)
    assert {finding.fault for finding in check_ledger(board.store, KEY.verifier).findings} >= {LedgerFault.INDEX_FALSE}


class HidingStore(MemoryStore):
    """One that keeps an entry out of the index."""

    def __init__(self, hidden: int) -> None:
        super().__init__(LABELS)
        self.hidden = hidden

    def naming(self, first: int, end: int) -> Any:
        return (found for found in super().naming(first, end) if found[0] != self.hidden)


def test_no_bit_of_an_answer_can_be_flipped() -> None:
    chance = random.Random(22)
    for place in chance.sample(range(len(ANSWER)), examples(400, len(ANSWER))):
        flipped = bytearray(ANSWER)
        flipped[place] ^= 1 << chance.randrange(8)
        assert not first(bytes(flipped)), place
        assert not second(bytes(flipped)), place


def test_no_byte_can_be_dropped_or_put_in() -> None:
    chance = random.Random(23)
    for place in chance.sample(range(len(ANSWER)), 100):
        for changed in (ANSWER[:place] + ANSWER[place + 1 :], ANSWER[:place] + b" " + ANSWER[place:]):
            assert not first(changed), place
            assert not second(changed), place


def test_an_answer_is_compared_with_other_files_of_its_log() -> None:
    board = busy_board()
    older, newer = board.answer("M1"), board.answer("M1")
    [compared] = compare([older, newer], KEY.verifier)
    assert compared.verdict is Verdict.AGREED
    with pytest.raises(ReceiptInvalid, match="leaves out a provision"):
        compare([older, board.answer("M1", provided_to=[])], KEY.verifier)


def test_a_line_that_nobody_checks_is_not_taken() -> None:
    said = json.loads(ANSWER)
    said["person"]["earlier"][0]["note"] += f"— somebody/else {encoded(bytes(68))}\n"
    assert not first(canonical(said))
    assert not second(canonical(said))


def test_erasing_one_person_leaves_the_answers_of_all() -> None:
    board = busy_board()
    theirs, others = board.answer("M1"), board.answer("N5")
    ledger = Ledger(board.store, KEY)
    ledger.erase(list(board.store.listed(label_of(LABELS, "M1"), last_of(board, "M1"))), AT, "asked")
    ledger.sign(AT)
    for old in (theirs, others):
        assert first(old)
        assert second(old)
    assert first(board.answer("N5"), others)


def last_of(board: Board, member: str) -> int:
    return PeopleTree(board.store).proof(label_of(LABELS, member))[0].last


STEP = st.tuples(st.sampled_from(["agree", "provide", "answer", "other"]), st.integers(0, 3), st.integers(0, 2))


@settings(max_examples=examples(15, 300))
@given(st.lists(STEP, max_size=25), st.integers(0, 3), st.data())
def test_any_history_answers_true_and_no_lie_about_it_is_taken(
    steps: list[tuple[str, int, int]], asking: int, data: st.DataObject
) -> None:
    board, member = Board(), f"M{asking}"
    expected: list[int] = []
    deeds: dict[str, Callable[[str, str], object]] = {
        "agree": lambda who, _: board.agree(who),
        "provide": board.provide,
        "answer": lambda who, _: board.answer(who),
        "other": lambda _, client: board.enter(NewEntry(EntryType.LOAD, AT, {"client": client})),
    }
    for deed, who, client in steps:
        before = board.store.size()
        deeds[deed](f"M{who}", f"C{client}")
        if who == asking and deed != "other":
            expected += range(before, board.store.size())
    answer = board.answer(member)
    told = second_verifier.verify_answer(answer, str(KEY.verifier))
    verified = verify_answer(answer, KEY.verifier)
    assert [one["entry"]["seq"] for one in told] == [*expected, board.store.size() - 1]
    assert [one.seq for one in verified.entries or ()] == [*expected, board.store.size() - 1]
    assert answer_facts(verified)["provided_to"] == sorted(board.provided.get(member, ()))
    if provided := sorted(board.provided.get(member, ())):
        kept = data.draw(st.lists(st.sampled_from(provided), max_size=len(provided) - 1, unique=True))
        lie = board.answer(member, provided_to=kept)
        assert not first(lie)
        assert not second(lie)
    if expected:
        said = json.loads(answer)
        del said["person"]["entries"][data.draw(st.integers(0, len(expected) - 1))]
        assert not first(trimmed(said))
        assert not second(trimmed(said))


def test_the_command_says_in_plain_words_what_an_answer_proves(tmp_path: Path) -> None:
    board = busy_board()
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    before.write_bytes(board.answer("M1"))
    after.write_bytes(board.answer("M1"))
    done = run_alone("verify", after, "--key", KEY.verifier, "--seen", before)
    assert done.returncode == 0, done.stderr
    assert "6 are about member M1: they are all in this file" in done.stdout
    assert "provided to C1" in done.stdout
    assert "nothing in the files that you hold is missing or changed" in done.stdout
    facts = json.loads(run_alone("verify", after, "--key", KEY.verifier, "--json").stdout)
    assert (facts["nothing_else"], facts["provided_to"], len(facts["entries"])) == (True, ["C1", "C2"], 6)
    assert facts["vkey"] == str(KEY.verifier)
    lie = tmp_path / "lie.json"
    lie.write_bytes(board.answer("M1", provided_to=[]))
    refused_lie = run_alone("verify", lie, "--key", KEY.verifier)
    assert (refused_lie.returncode, "leaves out a provision" in refused_lie.stderr) == (4, True)
    behind = run_alone("verify", before, "--key", KEY.verifier, "--seen", after)
    assert (behind.returncode, "rolled back" in behind.stderr) == (4, True)
    receipt = tmp_path / "receipt.json"
    receipt.write_bytes(receipt_of(board.store, 0, KEY.verifier, shows_payload=True))
    assert run_alone("verify", receipt, "--seen", before).returncode == 2


def test_an_answer_that_is_asked_for_again_is_under_the_newest_checkpoint_and_brings_its_cosignatures() -> None:
    """The index is of the newest checkpoint, though an older one that covers the answer is cosigned by more."""
    board = busy_board()
    state_policy(board.store, KEY, 2)
    board.answer("M1")
    seq = board.store.size() - 1
    cosign(board.store, *WITNESSES)
    board.provide("M1", "C3")
    cosign(board.store, WITNESSES[0])
    answer = write_answer(board.store, seq, KEY.verifier)
    assert first(answer)
    assert second(answer)
    keys = [key_of(witness) for witness in WITNESSES]
    verified = verify_answer(answer, KEY.verifier, keys).receipt
    vkeys = [witness.vkey for witness in WITNESSES]
    assert second_verifier.verify_file(answer, str(KEY.verifier), vkeys) == 1
    assert verified.checkpoint.size == board.store.size()
    assert [given.witness for given in verified.cosignatures] == keys[:1]
