"""The label tree over all people of the ledger, in small parts that are stored and change by themselves.

A part, a *page*, is named by the first digits (of four bits) of the labels in it. It holds the people themselves
or, where they are too many, for each of 16 pages below it what that part of the tree hashes to. So one person's change
rewrites one page on each of a few levels. The tree is that of `label_tree`, however it is paged.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple, Protocol

from kanmon.ledger.label_tree import LabelProof, bit_of, part_proof, part_root
from kanmon.ledger.tree import EMPTY_ROOT, HASH_BYTES, leaf_hash, node_hash

MOST_PEOPLE = 32
"""In a page of people; with more it is split."""
_FEW, _USUAL_DEPTH = 64, 6
"""Of how many people all pages that there may be are read at once, down to which depth: 500 million people deep."""
_DIGIT_BITS = 4
_WIDTH = 1 << _DIGIT_BITS
_NUMBER_BYTES = 8
_PEOPLE, _PAGES = b"P", b"D"
_PERSON_BYTES = 2 * HASH_BYTES + 2 * _NUMBER_BYTES
_SLOT_BYTES = 1 + HASH_BYTES


class PersonLeaf(NamedTuple):
    """What the tree holds of one person: how many entries there are, and a running hash over them in their order."""

    label: bytes
    entries: int
    last: int
    """The `seq` of the newest one; not hashed, since the running hash says it."""
    head: bytes

    @property
    def value(self) -> bytes:
        """What the label carries in the tree: the count in 8 bytes, and the running hash."""
        return value_of(self.entries, self.head)

    def extended(self, seq: int, leaf: bytes) -> "PersonLeaf":
        """The same person with one entry more, of whose leaf this is the hash."""
        return PersonLeaf(self.label, self.entries + 1, seq, node_hash(self.head, leaf))


class PageReader(Protocol):
    """What tells the stored pages."""

    def people_pages(self, names: Collection[str]) -> Mapping[str, bytes]:
        """Those of these pages that there are."""


class _TreePart(NamedTuple):
    """A part of the tree: how many labels are in it, of which more than one is 2, and its hash."""

    size: int
    hash: bytes


_NOBODY = _TreePart(0, EMPTY_ROOT)


def value_of(entries: int, head: bytes) -> bytes:
    """What a person's label carries: how many entries, in 8 bytes, and the running hash over them."""
    return entries.to_bytes(_NUMBER_BYTES) + head


def begun(label: bytes) -> PersonLeaf:
    """A person without entries, who is not in the tree."""
    return PersonLeaf(label, 0, -1, EMPTY_ROOT)


class PeopleTree:
    """The tree, as far as it was asked about and changed; pages are read when they are needed."""

    def __init__(self, reader: PageReader) -> None:
        self._reader = reader
        self._pages: dict[str, bytes] = {}
        self._is_read: set[str] = set()
        self.changed: dict[str, bytes] = {}
        """Pages that are to be stored."""

    @property
    def root(self) -> bytes:
        """The hash over everybody."""
        self._read([""])
        return self._part("").hash

    def find(self, labels: Iterable[bytes]) -> dict[bytes, PersonLeaf]:
        """Those of some people who are in the tree; all pages on their ways are read, level by level."""
        names = {label: label.hex() for label in labels}
        if len(names) <= _FEW:
            self._read({name[:depth] for name in names.values() for depth in range(_USUAL_DEPTH + 1)})
        found: dict[bytes, PersonLeaf] = {}
        depth, waiting = 0, list(names)
        while waiting:
            self._read({names[label][:depth] for label in waiting})
            deeper: list[bytes] = []
            for name, group in groupby(sorted(waiting), key=lambda label: names[label][:depth]):
                page = self._pages.get(name)
                if page is None:
                    continue
                if page[:1] == _PAGES:
                    deeper += group
                else:
                    people = {person.label: person for person in _people(page)}
                    found |= {label: people[label] for label in group if label in people}
            depth, waiting = depth + 1, deeper
        return found

    def put(self, people: Iterable[PersonLeaf]) -> None:
        """Let people be in the tree as these say; `find` was asked about them before."""
        if ordered := sorted(people):
            self._put("", ordered)

    def proof(self, label: bytes) -> tuple[PersonLeaf, LabelProof]:
        """What the tree holds of a person, and the proof of it; `KeyError` for somebody who is not in it."""
        person = self.find([label])[label]
        siblings: list[bytes] = []
        name = ""
        while (page := self._pages[name])[:1] == _PAGES:
            beside, is_alone = _beside(_slots(page), label, len(name) * _DIGIT_BITS)
            siblings += beside
            if is_alone:
                return person, LabelProof(label, siblings, person.value)
            name = label.hex()[: len(name) + 1]
        _, below = part_proof(_leaves(_people(page)), label, len(name) * _DIGIT_BITS)
        return person, LabelProof(label, siblings + below, person.value)

    def _put(self, name: str, people: Sequence[PersonLeaf]) -> _TreePart:
        """Put people into a page and those below it, by their labels; what the page hashes to."""
        page, depth = self._pages.get(name), len(name)
        if page is None or page[:1] == _PEOPLE:
            standing = {person.label: person for person in _people(page or _PEOPLE)}
            standing |= {person.label: person for person in people}
            people = sorted(standing.values())
            if len(people) <= MOST_PEOPLE:
                self._keep(name, _PEOPLE + b"".join(map(_written, people)))
                return _part_of(people, depth)
            slots = [_NOBODY] * _WIDTH
        else:
            slots = _slots(page)
        for digit, group in groupby(people, key=lambda person: person.label.hex()[depth]):
            slots[int(digit, _WIDTH)] = self._put(name + digit, list(group))
        self._keep(name, _PAGES + b"".join(bytes([slot.size]) + slot.hash for slot in slots))
        return _folded(slots)[0][0]

    def _keep(self, name: str, page: bytes) -> None:
        self._pages[name] = self.changed[name] = page
        self._is_read.add(name)

    def _part(self, name: str) -> _TreePart:
        page = self._pages.get(name, _PEOPLE)
        if page[:1] == _PAGES:
            return _folded(_slots(page))[0][0]
        return _part_of(_people(page), len(name))

    def _read(self, names: Collection[str]) -> None:
        if unread := set(names) - self._is_read:
            self._pages |= self._reader.people_pages(unread)
            self._is_read |= unread


def _beside(slots: Sequence[_TreePart], label: bytes, depth: int) -> tuple[list[bytes], bool]:
    """The hashes beside a label's way through a page of pages, and whether the label is alone at its end."""
    levels = _folded(slots)
    siblings: list[bytes] = []
    at = 0
    for step in range(_DIGIT_BITS + 1):
        if levels[step][at].size == 1:
            return siblings, True
        if step < _DIGIT_BITS:
            at = 2 * at + bit_of(label, depth + step)
            siblings.append(levels[step + 1][at ^ 1].hash)
    return siblings, False


def _folded(slots: Sequence[_TreePart]) -> list[Sequence[_TreePart]]:
    """The levels of the tree over a page of pages, from its one part to the pages below."""
    levels = [slots]
    while len(levels[0]) > 1:
        pairs = iter(levels[0])
        levels.insert(0, [_joined(left, right) for left, right in zip(pairs, pairs, strict=True)])
    return levels


def _joined(left: _TreePart, right: _TreePart) -> _TreePart:
    if left.size + right.size < 2:
        return left if left.size else right
    return _TreePart(2, node_hash(left.hash, right.hash))


def _part_of(people: Sequence[PersonLeaf], depth: int) -> _TreePart:
    """What the people of a page, `depth` digits below the root, hash to."""
    return _TreePart(min(len(people), 2), part_root(_leaves(people), depth * _DIGIT_BITS))


def _leaves(people: Sequence[PersonLeaf]) -> list[tuple[bytes, bytes]]:
    return [(person.label, leaf_hash(person.label + person.value)) for person in people]


def _slots(page: bytes) -> list[_TreePart]:
    return [_TreePart(page[at], page[at + 1 : at + _SLOT_BYTES]) for at in range(1, len(page), _SLOT_BYTES)]


def _people(page: bytes) -> list[PersonLeaf]:
    return [_person(page[at : at + _PERSON_BYTES]) for at in range(1, len(page), _PERSON_BYTES)]


def _written(person: PersonLeaf) -> bytes:
    numbers = person.entries.to_bytes(_NUMBER_BYTES) + person.last.to_bytes(_NUMBER_BYTES)
    return person.label + numbers + person.head


def _person(record: bytes) -> PersonLeaf:
    label, numbers, head = record[:HASH_BYTES], record[HASH_BYTES:-HASH_BYTES], record[-HASH_BYTES:]
    return PersonLeaf(label, int.from_bytes(numbers[:_NUMBER_BYTES]), int.from_bytes(numbers[_NUMBER_BYTES:]), head)
