"""Keys of a log that follow each other: what is proved by the one before, what is only said, and what is forged."""

import json

import pytest

from kanmon.core.errors import LedgerKeyMissing, ReceiptInvalid
from kanmon.ledger.canonical import canonical
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.faults import LedgerKeySucceeded
from kanmon.ledger.fsck import LedgerFault, check_ledger
from kanmon.ledger.keyholder import AbsentKey
from kanmon.ledger.note import NoteInvalid, SigningKey, VerifierKey
from kanmon.ledger.receipt import verify_receipt
from kanmon.ledger.service import Ledger, checked, receipt_of
from kanmon.ledger.succession import KeyChain, Succession, SuccessionReason
from kanmon.ledger.tree import root
from tests.unit.ledger.memory import AT, MemoryStore, deeds

FIRST, SECOND, THIRD, STRANGER = (SigningKey.generate("kanmon/test") for _ in range(4))


def sign(store: MemoryStore, key: SigningKey, count: int = 3) -> None:
    ledger = Ledger(store, key)
    ledger.append(deeds(count))
    ledger.sign(AT)


def succeed(store: MemoryStore, old: SigningKey | VerifierKey, new: SigningKey, reason: str = "why") -> Succession:
    held = old if isinstance(old, SigningKey) else AbsentKey(LedgerKeyMissing("gone"), old)
    Ledger(store, held, waits=True).append(deeds(1))
    size = store.size()
    step = Succession.begun(Checkpoint(new.name, size, root(store, size)), old, new, reason)
    store.add_checkpoint(size, step.note, AT)
    return step


@pytest.fixture
def rotated() -> MemoryStore:
    store = MemoryStore()
    sign(store, FIRST)
    succeed(store, FIRST, SECOND)
    sign(store, SECOND)
    succeed(store, SECOND, THIRD)
    sign(store, THIRD)
    return store


def test_a_log_goes_on_under_its_next_key(rotated: MemoryStore) -> None:
    check = check_ledger(rotated, THIRD.verifier)
    assert check.findings == []
    assert [(step.old, step.new, step.because) for step in check.successions] == [
        (FIRST.verifier, SECOND.verifier, SuccessionReason.ROTATED),
        (SECOND.verifier, THIRD.verifier, SuccessionReason.ROTATED),
    ]
    chain = KeyChain.parse(rotated.successions(), THIRD.verifier)
    assert [chain.key_for(size) for size in (3, 4, 7, 8, 11)] == [
        FIRST.verifier, SECOND.verifier, SECOND.verifier, THIRD.verifier, THIRD.verifier
    ]  # fmt: skip
    for note in rotated.checkpoints():
        checked(rotated, note, THIRD.verifier)


@pytest.mark.parametrize("trusted", [None, FIRST, SECOND, THIRD])
def test_who_knows_an_older_key_can_check_a_receipt_of_today(rotated: MemoryStore, trusted: SigningKey | None) -> None:
    receipt = receipt_of(rotated, 0, THIRD.verifier, shows_payload=True)
    verified = verify_receipt(receipt, trusted.verifier if trusted else None)
    assert verified.key == THIRD.verifier
    assert verified.is_key_trusted is (trusted is not None)
    with pytest.raises(ReceiptInvalid, match="another key"):
        verify_receipt(receipt, STRANGER.verifier)


def test_an_older_key_signs_nothing_that_came_later(rotated: MemoryStore) -> None:
    for key in (FIRST, SECOND):
        with pytest.raises(LedgerKeySucceeded):
            sign(rotated, key)
        late = Checkpoint("kanmon/test", 10, bytes(32)).signed(key)
        with pytest.raises(NoteInvalid):
            KeyChain.parse(rotated.successions(), THIRD.verifier).open(late)
    assert not rotated.kept.keys() - set(range(11))
    ledger = Ledger(rotated, FIRST, waits=True)
    assert ledger.append(deeds(1)) == [11]
    assert ledger.sign(AT) is None
    sign(rotated, THIRD)
    assert check_ledger(rotated, THIRD.verifier).findings == []


def test_a_lost_keys_succession_is_a_word_and_told_as_one() -> None:
    store = MemoryStore()
    sign(store, FIRST)
    step = succeed(store, FIRST.verifier, SECOND, "the disk\nbroke \x07and no copy")
    assert (step.is_proved, step.reason) == (False, "the disk broke and no copy")
    sign(store, SECOND)
    check = check_ledger(store, SECOND.verifier)
    assert (check.findings, [one.because for one in check.successions]) == ([], [SuccessionReason.LOST])
    receipt = receipt_of(store, 0, SECOND.verifier, shows_payload=True)
    assert verify_receipt(receipt, SECOND.verifier).chain.successions[0].reason == step.reason
    assert not verify_receipt(receipt, None).is_key_trusted
    with pytest.raises(ReceiptInvalid, match="declared lost"):
        verify_receipt(receipt, FIRST.verifier)


def test_nobody_makes_a_stranger_the_successor(rotated: MemoryStore) -> None:
    forged = succeed(MemoryStore(), FIRST.verifier, STRANGER).note.replace("because lost", "because rotated")
    with pytest.raises(NoteInvalid):
        Succession.parse(forged)
    with pytest.raises(NoteInvalid):
        KeyChain.parse([*rotated.successions(), succeed(rotated, FIRST.verifier, STRANGER).note], THIRD.verifier)
    with pytest.raises(LedgerKeySucceeded):
        sign(rotated, THIRD)


def test_keys_that_do_not_follow_each_other_are_found(rotated: MemoryStore) -> None:
    *_, last = rotated.successions()
    rotated.notes.remove(last)
    with pytest.raises(LedgerKeySucceeded):
        sign(rotated, THIRD)
    assert LedgerFault.CHECKPOINT_FORGED in {one.fault for one in check_ledger(rotated, THIRD.verifier).findings}


def test_a_receipt_without_its_successions_proves_nothing_to_who_knows_the_first_key(rotated: MemoryStore) -> None:
    said = json.loads(receipt_of(rotated, 0, THIRD.verifier, shows_payload=True))
    for notes in ([], said["successions"][:1], said["successions"][1:], ["x"], [1], "x"):
        with pytest.raises(ReceiptInvalid):
            verify_receipt(canonical({**said, "successions": notes}), FIRST.verifier)
    del said["successions"]
    with pytest.raises(ReceiptInvalid):
        verify_receipt(canonical(said), FIRST.verifier)
