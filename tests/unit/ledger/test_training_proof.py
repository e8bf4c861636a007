"""Whose history trained which model is proved offline, in both directions, by two verifiers written apart."""

import json
import secrets
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanmon.core.errors import ReceiptInvalid
from kanmon.ledger.canonical import canonical
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.label_tree import LabelProof, LabelTree
from kanmon.ledger.note import SigningKey
from kanmon.ledger.service import Ledger, receipt_of
from kanmon.ledger.training_proof import label_of, verify_training_proof, write_training_proof
from tests.unit.ledger import second_verifier
from tests.unit.ledger.memory import AT, MemoryStore
from tests.unit.ledger.test_receipt import run_alone

KEY = SigningKey.generate("kanmon/test")
LABELS = st.binary(min_size=32, max_size=32)
PEOPLE = [f"M{number:04}" for number in range(60)]


class Log:
    """A log with an agreement of each person, then a model that learned from some of them."""

    def __init__(self, trained: Sequence[str], **training: object) -> None:
        self.store = MemoryStore()
        self.ledger = Ledger(self.store, KEY)
        self.acts = dict(zip(PEOPLE, self.ledger.append(map(_agreement, PEOPLE)), strict=True))
        self.tree = LabelTree(label_of(self.store.secrets[self.acts[who]].key, "C1-1") for who in trained)
        said = {"model_id": "C1-1", "client_id": "C1", "season": "2026", "root": self.tree.root.hex()} | training
        (self.training,) = self.ledger.append([NewEntry(EntryType.TRAINING, AT, said)])
        self.ledger.sign(AT)

    def proof(self, who: str) -> bytes:
        return write_training_proof([self._receipt(self.acts[who])], [(self._receipt(self.training), self.tree)])

    def _receipt(self, seq: int) -> bytes:
        return receipt_of(self.store, seq, KEY.verifier, shows_payload=True)


def _agreement(who: str) -> NewEntry:
    return NewEntry(EntryType.CONSENT, AT, {"member_id": who, "action": "accept"})


LOG = Log(PEOPLE[:40])


@pytest.mark.parametrize("who", PEOPLE)
def test_both_verifiers_tell_of_everybody_whether_they_trained_the_model(who: str) -> None:
    proof = LOG.proof(who)
    expected = [LOG.acts[who]] if who in PEOPLE[:40] else []
    (model,) = verify_training_proof(proof, KEY.verifier).models
    assert [act.entry["seq"] for act in model.acts] == expected
    assert not model.later
    assert second_verifier.verify_training(proof, str(KEY.verifier)) == {"C1-1": expected}
    assert len(proof) < 6_000


def _other_label(said: dict[str, Any]) -> None:
    said["models"][0]["proofs"][0]["found"] = json.loads(LOG.proof("M0004"))["models"][0]["proofs"][0]["found"]


def _nothing_there(said: dict[str, Any]) -> None:
    said["models"][0]["proofs"][0]["found"] = None


def _other_act(said: dict[str, Any]) -> None:
    said["acts"] = json.loads(LOG.proof("M0004"))["acts"]


def _act_left_out(said: dict[str, Any]) -> None:
    said["models"][0]["proofs"] = []


def _other_root(said: dict[str, Any]) -> None:
    said["models"][0]["receipt"]["payload"]["root"] = "00" * 32


def _other_person_too(said: dict[str, Any]) -> None:
    other = json.loads(LOG.proof("M0041"))
    said["acts"] += other["acts"]
    said["models"][0]["proofs"] += other["models"][0]["proofs"]


def _other_key(said: dict[str, Any]) -> None:
    said["acts"][0]["key"] = secrets.token_hex(32)


LIES: Sequence[Callable[[dict[str, Any]], None]] = (
    _other_label, _nothing_there, _other_act, _act_left_out, _other_root, _other_person_too, _other_key,
)  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_answer_is_found_by_both_verifiers(lie: Callable[[dict[str, Any]], None]) -> None:
    said = json.loads(LOG.proof("M0003"))
    lie(said)
    with pytest.raises(ReceiptInvalid):
        verify_training_proof(canonical(said), KEY.verifier)
    with pytest.raises(ValueError, match=r"."):
        second_verifier.verify_training(canonical(said), str(KEY.verifier))


@pytest.mark.parametrize("training", [{"season": None}, {"season": ["2026"]}, {"root": 7}, {"root": "no hex"}])
def test_a_training_that_says_it_otherwise_is_no_proof(training: dict[str, object]) -> None:
    """Signed by a log all the same: whoever has a key of its own can enter what it likes."""
    with pytest.raises(ReceiptInvalid):
        verify_training_proof(Log(PEOPLE[:3], **training).proof("M0001"), None)


@pytest.mark.parametrize("said", [{}, {"member_id": None}, {"member_id": ["M1"]}])
def test_an_act_that_names_nobody_is_no_proof(said: dict[str, object]) -> None:
    store = MemoryStore()
    ledger = Ledger(store, KEY)
    act, training = ledger.append(
        [
            NewEntry(EntryType.CONSENT, AT, {"action": "accept", **said}),
            NewEntry(EntryType.TRAINING, AT, {"model_id": "C1-1", "season": "2026", "root": LabelTree(()).root.hex()}),
        ]
    )
    ledger.sign(AT)
    receipts = [receipt_of(store, seq, KEY.verifier, shows_payload=True) for seq in (act, training)]
    with pytest.raises(ReceiptInvalid):
        verify_training_proof(write_training_proof(receipts[:1], [(receipts[1], LabelTree(()))]), None)


@given(st.lists(LABELS, max_size=12, unique=True), LABELS)
def test_of_every_label_just_one_answer_is_proved(labels: list[bytes], asked: bytes) -> None:
    tree = LabelTree(labels)
    for label in (asked, *labels):
        proof = tree.proof(label)
        assert proof.is_in(label, tree.root) is (label in labels)
        for other in (None, *labels, asked):
            if other != proof.found:
                assert replace(proof, found=other).is_in(label, tree.root) is None
        assert LabelProof(proof.found, [*proof.siblings, bytes(32)]).is_in(label, tree.root) is None


def test_labels_that_differ_in_the_last_bit_are_told_apart() -> None:
    first, second = bytes(32), bytes(31) + b"\1"
    tree = LabelTree([first, second])
    assert tree.proof(first).is_in(first, tree.root)
    assert len(tree.proof(second).siblings) == 256
    assert LabelTree([first]).proof(second).is_in(second, LabelTree([first]).root) is False


def test_a_list_tells_nobody_who_is_in_it() -> None:
    """Whoever knows every member's ID, the model's name and its whole list finds nobody, and no list in another."""
    (labels,) = ({label_of(LOG.store.secrets[LOG.acts[who]].key, "C1-1") for who in PEOPLE[:40]},)
    guesses = {guess for who in PEOPLE for guess in (sha256(who.encode()).digest(), label_of(who.encode(), "C1-1"))}
    assert not labels & guesses
    assert not labels & {label_of(LOG.store.secrets[LOG.acts[who]].key, "C1-2") for who in PEOPLE}


def test_an_agreement_that_was_entered_after_the_training_proves_nothing() -> None:
    log = Log(PEOPLE[:2])
    (log.acts["M0003"],) = log.ledger.append([_agreement("M0003")])
    log.ledger.sign(AT)
    (model,) = verify_training_proof(log.proof("M0003"), KEY.verifier).models
    assert [act.entry["seq"] for act in model.later] == [log.acts["M0003"]]


def test_erasure_leaves_the_proofs_of_others_intact() -> None:
    log = Log(PEOPLE[:10])
    before = log.proof("M0005")
    log.ledger.erase([log.acts["M0004"]], AT, "a person asked for erasure")
    log.ledger.sign(AT)
    assert second_verifier.verify_training(log.proof("M0005"), str(KEY.verifier)) == {"C1-1": [log.acts["M0005"]]}
    assert verify_training_proof(before, KEY.verifier).models[0].acts
    with pytest.raises(LookupError):
        log.proof("M0004")


def test_verify_tells_it_in_a_process_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "training.json"
    file.write_bytes(LOG.proof("M0003"))
    done: subprocess.CompletedProcess[str] = run_alone("verify", file, "--key", KEY.verifier, "--json")
    assert (done.returncode, json.loads(done.stdout)["models"][0]["trained"]) == (0, True)
    file.write_bytes(LOG.proof("M0050"))
    told = run_alone("verify", file, "--key", KEY.verifier).stdout
    assert "C1-1, season 2026: not trained on this history" in told
