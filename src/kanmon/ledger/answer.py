"""The answer to “was I scored, was it given?” with its proof: every entry about the person, and that there is no other.

An answer is the receipt of its own entry with one member more, `person`: the proof of the person's label, the way of
that label through the index of people, every entry about the person with what it says, and how the log extends the
checkpoints of earlier answers. The index of the receipt's checkpoint says how many entries there are and what they
hash to: none can be left out, put in or changed. `hashes` holds each hash once; proofs count them from 0.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from kanmon.core.errors import LogInconsistent, ReceiptInvalid
from kanmon.core.language import N_
from kanmon.ledger.canonical import canonical
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.cosignature import WitnessKey
from kanmon.ledger.entry import Entry, EntryType, Secret
from kanmon.ledger.label_tree import LabelProof
from kanmon.ledger.note import VerifierKey, decoded, encoded, signatures_of
from kanmon.ledger.people import label_from, label_of, member_in
from kanmon.ledger.people_tree import PeopleTree, begun
from kanmon.ledger.receipt import VerifiedReceipt, is_entry, verify_receipt
from kanmon.ledger.service import LedgerReader, chain_of, receipt_of
from kanmon.ledger.succession import KeyChain
from kanmon.ledger.tree import (
    ReadOnceTiles,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from kanmon.ledger.vrf import verify

MOST_BYTES = 5_000_000
INDEXED_SINCE = "2027-01-01"
"""From this day on no log is without an index of people, so that an answer without one was cut."""
_MOST_EARLIER = 8
"""Of a person's earlier answers, how many checkpoints the newest one is held against."""
_PERSON = {"label", "siblings", "hashes", "entries", "earlier"}
_CONTENT = {"payload", "key"}
_CONSENT = ("occurred_at", "screen_id", "text_sha256")


@dataclass(frozen=True)
class ProvedEntry:
    """One entry about the person; `payload` is None where its content is gone."""

    entry: Mapping[str, Any]
    payload: Mapping[str, Any] | None

    @property
    def seq(self) -> int:
        """Where it stands in the log."""
        return int(self.entry["seq"])


@dataclass(frozen=True)
class VerifiedAnswer:
    """What an answer proves; `entries` is None where nothing proves that none was left out."""

    receipt: VerifiedReceipt
    entries: Sequence[ProvedEntry] | None
    """All entries about the person up to the checkpoint, the answer's own among them, in their order."""
    earlier: Sequence[Checkpoint] = ()
    """Checkpoints that the receipt's one extends."""
    earlier_notes: Sequence[str] = ()
    """The same as signed notes."""

    @property
    def provisions(self) -> Sequence[ProvedEntry]:
        """The records of provision among the entries."""
        return [one for one in self.entries or () if one.entry["type"] == EntryType.PROVISION_RECORD]


class _Hashes:
    """Hashes, each written once, in the order of their first use."""

    def __init__(self) -> None:
        self._places: dict[bytes, int] = {}

    def placed(self, proof: Iterable[bytes]) -> list[int]:
        return [self._places.setdefault(one, len(self._places)) for one in proof]

    def written(self) -> list[str]:
        return list(map(encoded, self._places))


def write_answer(reader: LedgerReader, seq: int, key: VerifierKey, held: Sequence[Checkpoint] = ()) -> bytes:
    """The answer that was entered at `seq`, under the newest checkpoint.

    `held` are checkpoints that the person holds, to be held against it. Raises as `receipt_of` does, and
    `LogInconsistent` where the index doesn't have the answer.
    """
    said = json.loads(receipt_of(reader, seq, key, shows_payload=True, at_newest=True))
    chain = chain_of(reader, key)
    checkpoint = chain.open(reader.newest_checkpoint() or "")
    member, labels = member_in(said["payload"]), reader.person_key()
    if member is None or checkpoint.people is None:
        return canonical(said)
    if labels is None:
        raise _not_indexed(seq)
    try:
        person, way = PeopleTree(reader).proof(label_of(labels, member))
    except KeyError:
        raise _not_indexed(seq) from None
    seqs = reader.listed(person.label, person.last)
    hashes, lines, tiles = _Hashes(), [], ReadOnceTiles(reader)
    entries = {one: reader.entry(one) for one in seqs if one != seq}
    for one, (entry, secret) in entries.items():
        proof = hashes.placed(inclusion_proof(tiles, one, checkpoint.size))
        lines.append(_line(entry, secret) | {"proof": proof})
    answers = [one for one, (entry, _) in entries.items() if entry.type == EntryType.ANSWER and one < seq]
    notes = _earlier(reader, chain, checkpoint, answers, held)
    earlier = [
        {"note": note, "extends": hashes.placed(consistency_proof(tiles, size, checkpoint.size))}
        for size, note in sorted(notes.items())
    ]
    said["person"] = {
        "label": encoded(labels.prove(member.encode())),
        "siblings": list(map(encoded, way.siblings)),
        "hashes": hashes.written(),
        "entries": lines,
        "earlier": earlier,
    }
    return canonical(said)


def is_answer(content: bytes) -> bool:
    """Whether these bytes say that they are the receipt of an answer, with or without its proof."""
    try:
        return bool(len(content) <= MOST_BYTES and json.loads(content)["entry"]["type"] == EntryType.ANSWER)
    except (ValueError, LookupError, TypeError, RecursionError):
        return False


def verify_answer(content: bytes, trusted: VerifierKey | None, witnesses: Sequence[WitnessKey] = ()) -> VerifiedAnswer:
    """What an answer proves under the trusted key or, where None is given, under the key that it brings itself.

    Raises `ReceiptInvalid` with the first thing that is wrong; so it does for an answer to a member that brings no
    proof, though its checkpoint has an index of people.
    """
    try:
        said = json.loads(content) if len(content) <= MOST_BYTES else None
        if not isinstance(said, dict) or canonical(said) != content:
            raise _not_an_answer()
        has_proof = "person" in said
        person = said.pop("person", {})
        receipt = verify_receipt(canonical(said), trusted, witnesses)
        people, member = receipt.checkpoint.people, member_in(receipt.payload or {})
        if not has_proof:
            _check_may_lack(receipt, member)
            return VerifiedAnswer(receipt, None)
        if people is None or member is None or person.keys() != _PERSON or receipt.entry["type"] != EntryType.ANSWER:
            raise _not_an_answer()
        return _verified(receipt, person, member)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError):
        raise _not_an_answer() from None


def _verified(receipt: VerifiedReceipt, person: Mapping[str, Any], member: str) -> VerifiedAnswer:
    checkpoint = receipt.checkpoint
    hashes = [decoded(one) for one in person["hashes"]]
    uses = [line["proof"] for line in person["entries"]] + [line["extends"] for line in person["earlier"]]
    if list(dict.fromkeys(place for use in uses for place in use)) != list(range(len(hashes))):
        raise _not_an_answer()
    if len(set(hashes)) != len(hashes) or any(type(place) is not int for use in uses for place in use):
        raise _not_an_answer()
    entries = [ProvedEntry(receipt.entry, receipt.payload)]
    for line in person["entries"]:
        entries.append(_entry(line, [hashes[place] for place in line["proof"]], checkpoint, member))
    entries.sort(key=lambda one: one.seq)
    earlier = list(_extended(person["earlier"], hashes, receipt))
    _check_index(checkpoint, person, member, entries)
    _check_words(receipt, entries)
    return VerifiedAnswer(receipt, entries, earlier, [line["note"] for line in person["earlier"]])


def _entry(line: Mapping[str, Any], proof: Sequence[bytes], checkpoint: Checkpoint, member: str) -> ProvedEntry:
    entry, payload = line["entry"], line.get("payload", {})
    has_content = line.keys() == {"entry", "proof"} | _CONTENT
    if not is_entry(entry) or not (has_content or line.keys() == {"entry", "proof"}):
        raise _not_an_answer()
    if not verify_inclusion(leaf_hash(canonical(entry)), entry["seq"], checkpoint.size, proof, checkpoint.root):
        raise ReceiptInvalid(N_("entry %(seq)s of the answer is not in the log"), seq=entry["seq"])
    if has_content:
        key = bytes.fromhex(line["key"])
        if key.hex() != line["key"] or Secret(canonical(payload), key).commitment().hex() != entry["commit"]:
            raise ReceiptInvalid(
                N_("what entry %(seq)s of the answer says is not what it commits to"), seq=entry["seq"]
            )
        if member_in(payload) != member:
            raise ReceiptInvalid(N_("entry %(seq)s of the answer is about somebody else"), seq=entry["seq"])
    return ProvedEntry(entry, payload if has_content else None)


def _extended(
    lines: Sequence[Mapping[str, Any]], hashes: Sequence[bytes], receipt: VerifiedReceipt
) -> Iterable[Checkpoint]:
    before = -1
    for line in lines:
        if line.keys() != {"note", "extends"}:
            raise _not_an_answer()
        _check_lines(line["note"], receipt.chain)
        earlier, proof = receipt.chain.open(line["note"]), [hashes[place] for place in line["extends"]]
        new = receipt.checkpoint
        if earlier.size <= before or earlier.size >= new.size:
            raise _not_an_answer()
        is_extended = verify_consistency(earlier.size, new.size, earlier.root, new.root, proof)
        if earlier.origin != new.origin or not is_extended:
            raise ReceiptInvalid(
                N_("the checkpoint over %(new)s entries does not extend the one over %(old)s: the log was changed"),
                new=new.size,
                old=earlier.size,
            )
        before = earlier.size
        yield earlier


def _check_lines(note: str, chain: KeyChain) -> None:
    """Raise where a note has a line that no key of the log signed, so that a byte of it could be changed."""
    known = {(key.name, key.key_id) for key in chain.keys}
    lines = [(name, blob[:4]) for name, blob in signatures_of(note)[1]]
    if not known.issuperset(lines) or len(set(lines)) != len(lines):
        raise _not_an_answer()


def _check_index(
    checkpoint: Checkpoint, person: Mapping[str, Any], member: str, entries: Sequence[ProvedEntry]
) -> None:
    """Hold the entries against what the checkpoint's index has under the one label that the person can have."""
    assert checkpoint.people is not None
    found = verify(checkpoint.people.key, member.encode(), decoded(person["label"]))
    if found is None:
        raise ReceiptInvalid(N_("the answer's label is not this person's"))
    if any(one.seq >= other.seq for one, other in pairwise(entries)):
        raise _not_an_answer()
    leaf = begun(label_from(found))
    for one in entries:
        leaf = leaf.extended(one.seq, leaf_hash(canonical(one.entry)))
    way = LabelProof(leaf.label, [decoded(one) for one in person["siblings"]], leaf.value)
    if not way.is_in(leaf.label, checkpoint.people.root):
        raise ReceiptInvalid(
            N_("the entries in the answer are not those that the log has of this person: some are left out, or put in")
        )


def _check_words(receipt: VerifiedReceipt, entries: Sequence[ProvedEntry]) -> None:
    """Hold what the answer says against the records of provision before it, and these against the acts before them."""
    named = (receipt.payload or {}).get("provided_to")
    by_seq = {one.seq: one for one in entries}
    for one in entries:
        if one.entry["type"] != EntryType.PROVISION_RECORD:
            continue
        if one.payload is None:
            raise ReceiptInvalid(
                N_("entry %(seq)s records a provision, and the answer does not show what it says"), seq=one.seq
            )
        client = one.payload["recipient"]["client_id"]
        if one.seq < receipt.entry["seq"] and (not isinstance(named, list) or client not in named):
            raise ReceiptInvalid(
                N_("the answer leaves out a provision to %(client)s, which entry %(seq)s records"),
                client=json.dumps(client, ensure_ascii=False),
                seq=one.seq,
            )
        if not _rests_on(one, by_seq.get(one.payload["consent"]["seq"])):
            raise ReceiptInvalid(
                N_("the agreement that entry %(seq)s relies on is not one that the log had of this person before it"),
                seq=one.seq,
            )


def _rests_on(record: ProvedEntry, act: ProvedEntry | None) -> bool:
    """Whether an act is the agreement of a record: there before it, and of the words, the screen and the moment."""
    if act is None or act.seq >= record.seq or act.entry["type"] != EntryType.CONSENT:
        return False
    if act.payload is None:
        return True
    relied = (record.payload or {})["consent"]
    return act.payload["action"] == "accept" and all(act.payload[name] == relied[name] for name in _CONSENT)


def _check_may_lack(receipt: VerifiedReceipt, member: str | None) -> None:
    """Raise where an answer to a member must bring a proof and doesn't."""
    if member is None or receipt.entry["type"] != EntryType.ANSWER:
        return
    if receipt.checkpoint.people is not None:
        raise ReceiptInvalid(
            N_("the answer is incomplete: its log has an index of people, and no proof says that nothing was left out")
        )
    if receipt.entry["at"] >= INDEXED_SINCE:
        raise ReceiptInvalid(
            N_("the answer is incomplete: since %(day)s every log has an index of people, and this one has none"),
            day=INDEXED_SINCE,
        )


def _earlier(
    reader: LedgerReader,
    chain: KeyChain,
    newest: Checkpoint,
    answers: Sequence[int],
    held: Sequence[Checkpoint],
) -> dict[int, str]:
    """The notes to be held against the newest one, by size: of earlier answers, and those that the person holds."""
    notes = [reader.covering(seq) for seq in answers[-_MOST_EARLIER:]]
    notes += [reader.covering(checkpoint.size - 1) for checkpoint in held if checkpoint.size]
    found = {chain.open(note).size: note for note in notes if note is not None}
    return {size: note for size, note in found.items() if size < newest.size}


def _line(entry: Entry, secret: Secret | None) -> dict[str, object]:
    said: dict[str, object] = {"entry": json.loads(entry.leaf())}
    if secret is not None:
        said |= {"payload": json.loads(secret.payload), "key": secret.key.hex()}
    return said


def _not_indexed(seq: int) -> LogInconsistent:
    return LogInconsistent(
        N_("the index of people has no entry %(seq)s: look with `kanmon audit ledger`"),
        seq=seq,
    )


def _not_an_answer() -> ReceiptInvalid:
    return ReceiptInvalid(N_("this is not an answer, or not one byte for byte as it was made"))
