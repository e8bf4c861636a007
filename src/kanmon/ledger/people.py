"""The index of people: for each person a list of all entries about them, under a label that only we can compute.

An entry is about the person whose ID its payload has as `member_id`; entries about many people (a load, a run, a
provision as a whole) are about nobody. The person's label is a hash of what a verifiable random function makes of the
ID (`vrf`): whoever reads the index learns nobody's ID by trying, and we can prove, and can't choose, which label is
whose. The index is a `PeopleTree`, whose root and whose function's public key stand in each checkpoint.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from typing import NamedTuple, Protocol

from kanmon.core.errors import LogInconsistent
from kanmon.core.language import N_
from kanmon.ledger.checkpoint import Checkpoint, PeopleRoot
from kanmon.ledger.people_tree import PageReader, PeopleTree, begun
from kanmon.ledger.tree import EMPTY_ROOT
from kanmon.ledger.vrf import VrfKey

_NAME = "member_id"
NAMED = f'"{_NAME}":"'
"""What the payload of every entry about a person holds, and of few others."""
_ENTRIES_AT_A_TIME = 100_000
_LABELS_KEPT = 200_000


class IndexedEntry(NamedTuple):
    """One entry about a person, its leaf by its hash."""

    seq: int
    label: bytes
    leaf: bytes


class ListedEntry(NamedTuple):
    """Where an entry stands in its person's list: after the entry `before`, None for the first."""

    seq: int
    label: bytes
    before: int | None


class PeopleReader(PageReader, Protocol):
    """What is kept of the index, which is that of the newest checkpoint."""

    def person_key(self) -> VrfKey | None:
        """What labels are made with; None where it is not at hand."""

    def listed(self, label: bytes, last: int) -> Sequence[int]:
        """The `seq` of each entry of a person, up to `last`, which is one of them; oldest first."""

    def labels(self) -> Iterator[tuple[int, bytes]]:
        """Of each entry about a person, its `seq` and the person's label, by `seq`."""

    def all_people_pages(self) -> Iterator[tuple[str, bytes]]:
        """Every page of the index, by its name."""


class PeopleStore(PeopleReader, Protocol):
    """Where the index is kept; one transaction."""

    def naming(self, first: int, end: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Entries from `first` to before `end` whose payload may name a person: `seq`, leaf hash, payload."""

    def put_people(self, entries: Sequence[ListedEntry], pages: Mapping[str, bytes]) -> None:
        """Keep where new entries stand, and pages that are new or changed."""

    def forget_people(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Empty the index; of entries whose payload is gone, their `seq`, leaf hash and label."""


def member_of(payload: bytes) -> str | None:
    """The ID of the person whom an entry with this payload is about; None where it is about nobody, or about many."""
    return member_in(json.loads(payload))


def member_in(payload: Mapping[str, object]) -> str | None:
    """The same for a payload that was read."""
    member = payload.get(_NAME)
    return member if isinstance(member, str) and member else None


@lru_cache(maxsize=_LABELS_KEPT)
def label_of(key: VrfKey, member: str) -> bytes:
    """The label of a person, 32 bytes."""
    return label_from(key.x_of(member.encode()))


def label_from(x: bytes) -> bytes:
    """The label that goes with the x-coordinate that a person's ID is mapped to."""
    return sha256(b"kanmon person\x00" + x).digest()


def grow(store: PeopleStore, entries: Iterable[IndexedEntry]) -> bytes:
    """Take new entries, by `seq`, into the index; its root."""
    waiting = iter(entries)
    tree = PeopleTree(store)
    while part := list(islice(waiting, _ENTRIES_AT_A_TIME)):
        people = tree.find({entry.label for entry in part})
        listed = []
        for seq, label, leaf in part:
            person = people.get(label) or begun(label)
            listed.append(ListedEntry(seq, label, person.last if person.entries else None))
            people[label] = person.extended(seq, leaf)
        tree.put(people.values())
        store.put_people(listed, tree.changed)
        tree = PeopleTree(store)
    return tree.root


def index(store: PeopleStore, before: Checkpoint | None, size: int) -> PeopleRoot | None:
    """Bring the index from what the newest checkpoint covers to `size` entries; what is to be signed of it.

    None where no key for labels is at hand and nothing was ever indexed. Raises `LogInconsistent` where the index is
    not what was signed of it.
    """
    signed = None if before is None else before.people
    key = store.person_key()
    if key is None and signed is None:
        return None
    root = PeopleTree(store).root
    if key is None or root != (EMPTY_ROOT if signed is None else signed.root):
        raise _not_as_it_was()
    if signed is not None and signed.key != key.public:
        raise _not_as_it_was()
    first = 0 if before is None or signed is None else before.size
    return PeopleRoot(grow(store, _named(store, key, first, size)), key.public)


def index_anew(store: PeopleStore, size: int) -> PeopleRoot | None:
    """Index everything again, since the key of all labels is another one; erased entries keep the labels they had."""
    key = store.person_key()
    if key is None:
        return None
    erased = [IndexedEntry(seq, label, leaf) for seq, leaf, label in store.forget_people()]
    entries = sorted([*erased, *_named(store, key, 0, size)])
    return PeopleRoot(grow(store, entries), key.public)


def _named(store: PeopleStore, key: VrfKey, first: int, end: int) -> Iterator[IndexedEntry]:
    for seq, leaf, payload in store.naming(first, end):
        if (member := member_of(payload)) is not None:
            yield IndexedEntry(seq, label_of(key, member), leaf)


def _not_as_it_was() -> LogInconsistent:
    return LogInconsistent(
        N_("the index of the people in the ledger is not the one that was signed: look with `kanmon audit ledger`")
    )
