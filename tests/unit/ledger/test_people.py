"""The index of people against a naive oracle: whatever the history, its root, its lists and its proofs are the same."""

import hashlib
import hmac
import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanmon.core.errors import LogInconsistent
from kanmon.ledger.checkpoint import Checkpoint, PeopleRoot
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.fsck import LedgerFault, check_ledger
from kanmon.ledger.label_tree import LabelTree
from kanmon.ledger.note import NoteInvalid, SigningKey, encoded, sign
from kanmon.ledger.people import label_of, member_of
from kanmon.ledger.people_tree import MOST_PEOPLE, PeopleTree
from kanmon.ledger.service import Ledger
from kanmon.ledger.tree import EMPTY_ROOT
from kanmon.ledger.vrf import VrfKey
from tests.drawn import examples
from tests.unit.ledger.memory import AT, MemoryStore

KEY = SigningKey.generate("kanmon/test")
LABELS = VrfKey.derived(b"\x07" * 32)
OTHER_LABELS = VrfKey.derived(b"\x08" * 32)


def deed(member: str | None) -> NewEntry:
    said: dict[str, object] = {"items": ["score"]} if member is None else {"member_id": member}
    return NewEntry(EntryType.PROVISION_RECORD, AT, said)


def signed(store: MemoryStore, members: Sequence[str | None]) -> Checkpoint:
    ledger = Ledger(store, KEY)
    ledger.append(map(deed, members))
    note = ledger.sign(AT)
    assert note is not None
    return Checkpoint.open(note, [KEY.verifier])


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def naive_root(leaves: dict[str, bytes]) -> bytes:
    """Over leaf hashes by the bits of their labels, by the definition."""
    if len(leaves) < 2:
        return next(iter(leaves.values()), sha256(b""))
    halves = ({bits[1:]: leaf for bits, leaf in leaves.items() if bits[0] == side} for side in "01")
    return sha256(b"\x01" + b"".join(map(naive_root, halves)))


def naive_index(store: MemoryStore, members: Sequence[str | None], key: VrfKey = LABELS) -> bytes:
    lists: dict[str, list[int]] = {}
    for seq, member in enumerate(members):
        if member is not None:
            lists.setdefault(member, []).append(seq)
    leaves = {}
    for member, seqs in lists.items():
        head = sha256(b"")
        for seq in seqs:
            head = sha256(b"\x01" + head + sha256(b"\x00" + store.kept[seq].leaf()))
        label = sha256(b"kanmon person\x00" + key.x_of(member.encode()))
        value = len(seqs).to_bytes(8) + head
        leaves[f"{int.from_bytes(label):0256b}"] = sha256(b"\x00" + label + value)
    return naive_root(leaves)


PARTS = st.lists(
    st.lists(st.one_of(st.none(), st.integers(0, 60).map("M{}".format)), min_size=1, max_size=90),
    min_size=1,
    max_size=4,
)


@settings(max_examples=examples(20, 400))
@given(PARTS)
def test_any_history_gives_the_oracles_index_and_everybody_a_proof(parts: list[list[str | None]]) -> None:
    store, members = MemoryStore(LABELS), []
    for part in parts:
        checkpoint = signed(store, part)
        members += part
        assert checkpoint.people == PeopleRoot(naive_index(store, members), LABELS.public)
    tree = PeopleTree(store)
    for member in {member for member in members if member is not None}:
        label = label_of(LABELS, member)
        person, proof = tree.proof(label)
        assert proof.is_in(label, tree.root)
        assert proof.value == person.value
        assert list(store.listed(label, person.last)) == [seq for seq, one in enumerate(members) if one == member]
        assert person.entries == members.count(member)
    with pytest.raises(KeyError):
        tree.proof(label_of(LABELS, "nobody"))
    assert not check_ledger(store, KEY.verifier).findings


def test_many_people_and_one_at_a_time_come_to_the_same_pages() -> None:
    members = [f"M{number}" for number in range(20 * MOST_PEOPLE)]
    at_once, slowly = MemoryStore(LABELS), MemoryStore(LABELS)
    signed(at_once, members)
    for member in members:
        last = signed(slowly, [member])
    assert last.people is not None
    assert last.people.root == naive_index(slowly, members)
    assert at_once.pages.keys() == slowly.pages.keys()
    assert max(map(len, slowly.pages)) > 1
    before = dict(slowly.pages)
    signed(slowly, ["M7"])
    assert sum(before[name] != page for name, page in slowly.pages.items()) <= 1 + max(map(len, slowly.pages))


def test_a_tree_without_values_is_that_of_training_lists() -> None:
    label = bytes(range(32))
    assert LabelTree([label]).root == sha256(b"\x00" + label)


def test_an_entry_about_many_is_about_nobody_and_a_person_is_who_the_payload_names() -> None:
    assert member_of(b'{"member_id":"M1"}') == "M1"
    for payload in (
        {"members": ["M1"]},
        {"member_id": None},
        {"member_id": 7},
        {"told": {"member_id": "M1"}},
        {"member_id": ""},
    ):
        assert member_of(json.dumps(payload).encode()) is None
    checkpoint = signed(MemoryStore(LABELS), [None, None])
    assert checkpoint.people == PeopleRoot(EMPTY_ROOT, LABELS.public)


def test_erasing_leaves_the_index_and_everybodys_proof() -> None:
    store = MemoryStore(LABELS)
    before = signed(store, ["M1", "M2", "M1"])
    ledger = Ledger(store, KEY)
    ledger.erase([0, 2], AT, "asked")
    note = ledger.sign(AT)
    assert note is not None
    after = Checkpoint.open(note, [KEY.verifier])
    assert before.people == after.people
    assert not check_ledger(store, KEY.verifier).findings
    label = label_of(LABELS, "M1")
    person, proof = PeopleTree(store).proof(label)
    assert person.entries == 2
    assert after.people is not None
    assert proof.is_in(label, after.people.root)


def test_nobody_is_found_by_trying_ids() -> None:
    """What anybody can compute of an ID, without the secret, is no label; nor does another secret make one."""
    members = [f"M{number}" for number in range(300)]
    store = MemoryStore(LABELS)
    checkpoint = signed(store, members)
    assert checkpoint.people is not None
    stored = {label for _, label in store.labels()}
    assert len(stored) == len(members)
    public = [
        b"",
        LABELS.public,
        checkpoint.people.root,
        checkpoint.root,
        str(KEY.verifier).encode(),
        b"kanmon person\x00",
    ]
    for member in members:
        name = member.encode()
        guesses = {sha256(one + name) for one in public} | {hmac.digest(one, name, "sha256") for one in public}
        guesses |= {sha256(b"kanmon person\x00" + guess) for guess in guesses}
        guesses |= {label_of(OTHER_LABELS, member), sha256(b"kanmon person\x00" + OTHER_LABELS.x_of(name))}
        assert not guesses & stored


def test_before_the_index_a_checkpoint_says_nothing_of_people_and_then_everything() -> None:
    store = MemoryStore()
    assert signed(store, ["M1", "M2"]).people is None
    store.people = LABELS
    checkpoint = signed(store, ["M1"])
    assert checkpoint.people is not None
    assert checkpoint.people.root == naive_index(store, ["M1", "M2", "M1"])
    assert not check_ledger(store, KEY.verifier).findings


@pytest.mark.parametrize("spoil", ["pages", "key", "no key"])
def test_an_index_that_is_not_what_was_signed_is_not_signed_on(spoil: str) -> None:
    store = MemoryStore(LABELS)
    signed(store, ["M1", "M2"])
    if spoil == "pages":
        store.pages[""] = bytes([*store.pages[""][:-1], store.pages[""][-1] ^ 1])
    else:
        store.people = OTHER_LABELS if spoil == "key" else None
    with pytest.raises(LogInconsistent, match="index of the people"):
        signed(store, ["M1"])


def faults(store: MemoryStore, seen: Sequence[str] = ()) -> set[LedgerFault]:
    return {finding.fault for finding in check_ledger(store, KEY.verifier, seen).findings}


def test_the_audit_finds_a_changed_list_a_changed_page_and_a_signed_lie() -> None:
    store = MemoryStore(LABELS)
    signed(store, ["M1", "M2", "M1"])
    page, listed = store.pages[""], dict(store.lists)
    store.pages[""] = bytes([*page[:-1], page[-1] ^ 1])
    assert faults(store) == {LedgerFault.INDEX_DAMAGED}
    store.pages = {"": page, "a": page}
    assert faults(store) == {LedgerFault.INDEX_DAMAGED}
    store.pages = {"": page}
    store.lists = listed | {2: listed[2]._replace(label=label_of(LABELS, "M2"))}
    assert faults(store) == {LedgerFault.PERSON_MISPLACED}
    del store.lists[2]
    assert faults(store) == {LedgerFault.PERSON_MISPLACED}
    store.lists = listed
    lie = MemoryStore(LABELS)
    signed(lie, ["M1", "M2"])
    told = PeopleRoot(PeopleTree(lie).root, LABELS.public)
    note = Checkpoint(KEY.name, 3, Checkpoint.open(store.notes[0], [KEY.verifier]).root, told).signed(KEY)
    assert faults(store, [note]) == {LedgerFault.INDEX_FALSE}
    without = Checkpoint(KEY.name, 3, Checkpoint.open(store.notes[0], [KEY.verifier]).root).signed(KEY)
    assert faults(store, [without]) == {LedgerFault.INDEX_FALSE}


def test_the_audit_finds_an_erased_entry_given_to_somebody_else() -> None:
    store = MemoryStore(LABELS)
    signed(store, ["M1", "M2", "M1"])
    ledger = Ledger(store, KEY)
    ledger.erase([0], AT, "asked")
    ledger.sign(AT)
    store.lists[0] = store.lists[0]._replace(label=label_of(LABELS, "M2"))
    assert LedgerFault.INDEX_FALSE in faults(store)


def test_a_checkpoint_says_its_index_in_one_line_that_is_spelt_one_way() -> None:
    root = encoded(bytes(32))
    people = PeopleRoot(bytes(32), LABELS.public)
    checkpoint = Checkpoint("a", 1, bytes(32), people)
    assert checkpoint.text == f"a\n1\n{root}\npeople {root} {encoded(LABELS.public)}\n"
    assert Checkpoint.open(checkpoint.signed(KEY), [KEY.verifier]) == checkpoint
    line = people.line
    for more in (
        f"more\n{line}",
        f"{line}{line}",
        "people \n",
        f"people {root}\n",
        f"{line[:-1]} {root}\n",
        f"people  {line[7:]}",
    ):
        with pytest.raises(NoteInvalid):
            Checkpoint.open(sign(f"a\n1\n{root}\n{more}", KEY), [KEY.verifier])
    assert Checkpoint.open(sign(f"a\n1\n{root}\n{line}more\n", KEY), [KEY.verifier]) == checkpoint
