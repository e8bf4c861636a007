"""Proofs of whose history trained which model, for whoever wants to check them without us.

A model's training list is a `LabelTree` whose root stands in the ledger's entry of the training. The label of a person
in it is an HMAC of the model's name under the key of the entry of the act of consent relied on. The holder of that
act's receipt has the key; nobody else can tell whose a label is, and once the key is erased nobody can at all.

A proof is one JSON object in canonical form: `format`; `acts`, the receipts of a person's acts of consent; `models`,
each with the `receipt` of its training and one of `proofs` for each act, in the same order.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from kanmon.core.errors import ReceiptInvalid
from kanmon.core.language import N_
from kanmon.ledger.canonical import canonical
from kanmon.ledger.cosignature import WitnessKey
from kanmon.ledger.entry import EntryType, commitment
from kanmon.ledger.label_tree import LabelProof, LabelTree
from kanmon.ledger.note import NoteInvalid, VerifierKey, decoded, encoded
from kanmon.ledger.receipt import VerifiedReceipt, verify_receipt

FORMAT = "kanmon-training/1"
MOST_BYTES = 5_000_000
_MEMBERS = {"format", "acts", "models"}


@dataclass(frozen=True)
class ProvedModel:
    """One model, and on which of the person's acts of consent the history trained it; none where it didn't.

    `later` are acts that stand in the ledger only since after the training: of those a no proves nothing.
    """

    training: VerifiedReceipt
    acts: Sequence[VerifiedReceipt]
    later: Sequence[VerifiedReceipt]


@dataclass(frozen=True)
class TrainingProof:
    """What a proof proves of all models that it names."""

    acts: Sequence[VerifiedReceipt]
    models: Sequence[ProvedModel]


def label_of(key: bytes, model_id: str) -> bytes:
    """How a model's training list names whoever holds the key of an act's entry, 32 bytes."""
    return commitment(canonical({"trained": model_id}), key)


def write_training_proof(acts: Sequence[bytes], models: Sequence[tuple[bytes, LabelTree]]) -> bytes:
    """The proof's bytes, of the receipts of acts, and of each model's training with its list."""
    read = [json.loads(act) for act in acts]
    lines = []
    for receipt, tree in models:
        training = json.loads(receipt)
        labels = [label_of(bytes.fromhex(act["key"]), training["payload"]["model_id"]) for act in read]
        lines.append({"receipt": training, "proofs": [_written(tree.proof(label)) for label in labels]})
    return canonical({"format": FORMAT, "acts": read, "models": lines})


def is_training_proof(content: bytes) -> bool:
    """Whether these bytes say that they are such a proof."""
    try:
        said = json.loads(content) if len(content) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("format") == FORMAT


def verify_training_proof(
    content: bytes, trusted: VerifierKey | None, witnesses: Sequence[WitnessKey] = ()
) -> TrainingProof:
    """What a proof proves under the trusted key or, where None is given, under the key that it brings itself.

    Raises `ReceiptInvalid` with the first thing that is wrong.
    """
    try:
        said = json.loads(content) if len(content) <= MOST_BYTES else None
        if not isinstance(said, dict) or said.keys() != _MEMBERS or canonical(said) != content:
            raise _not_a_proof()
        known = partial(_receipt, trusted=trusted, witnesses=witnesses)
        acts = [known(act, EntryType.CONSENT) for act in said["acts"]]
        keys = [bytes.fromhex(act["key"]) for act in said["acts"]]
        models = [_model(line, known(line["receipt"], EntryType.TRAINING), acts, keys) for line in said["models"]]
        members = {_text((act.payload or {})["member_id"]) for act in acts}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, NoteInvalid):
        raise _not_a_proof() from None
    _check_one_log([*acts, *(model.training for model in models)])
    if len(members) > 1:
        raise ReceiptInvalid(N_("the proof brings acts of consent of several people"))
    return TrainingProof(acts, models)


def _model(
    line: Mapping[str, Any], training: VerifiedReceipt, acts: Sequence[VerifiedReceipt], keys: Sequence[bytes]
) -> ProvedModel:
    said = training.payload or {}
    name, _season, root = _text(said["model_id"]), _text(said["season"]), bytes.fromhex(said["root"])
    trained_on = []
    for act, key, proof in zip(acts, keys, line["proofs"], strict=True):
        is_in = _read(proof).is_in(label_of(key, name), root)
        if is_in is None:
            raise ReceiptInvalid(N_("the proof does not lead to the training list of model %(model)s"), model=name)
        if is_in:
            trained_on.append(act)
    later = [act for act in acts if act.entry["seq"] > training.entry["seq"]]
    return ProvedModel(training, trained_on, later)


def _receipt(
    said: object, kind: EntryType, trusted: VerifierKey | None, witnesses: Sequence[WitnessKey]
) -> VerifiedReceipt:
    found = verify_receipt(canonical(said), trusted, witnesses)
    if found.entry["type"] != kind or found.payload is None:
        raise _not_a_proof()
    return found


def _text(said: object) -> str:
    """What a payload says, where that is a text: an entry may be of anybody's log, and say anything."""
    if not isinstance(said, str):
        raise _not_a_proof()
    return said


def _check_one_log(receipts: Sequence[VerifiedReceipt]) -> None:
    if len({str(receipt.key) for receipt in receipts}) > 1:
        raise ReceiptInvalid(N_("the proof brings receipts of several logs"))


def _written(proof: LabelProof) -> dict[str, object]:
    found = None if proof.found is None else encoded(proof.found)
    return {"found": found, "siblings": [encoded(one) for one in proof.siblings]}


def _read(said: Mapping[str, Any]) -> LabelProof:
    if said.keys() != {"found", "siblings"}:
        raise _not_a_proof()
    found = None if said["found"] is None else decoded(said["found"])
    return LabelProof(found, [decoded(one) for one in said["siblings"]])


def _not_a_proof() -> ReceiptInvalid:
    return ReceiptInvalid(N_("this is not a proof of training, or not one byte for byte as it was made"))
