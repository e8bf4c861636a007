"""The index of people built once more from the entries alone, for the check of the whole ledger."""

from collections.abc import Collection, Mapping

from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.entry import Secret
from kanmon.ledger.people import PeopleReader, label_of, member_of
from kanmon.ledger.people_tree import PeopleTree, PersonLeaf, begun


class _NoPages:
    def people_pages(self, _names: Collection[str]) -> Mapping[str, bytes]:
        return {}


class RebuiltIndex:
    """The index over the entries taken so far. Memory grows with the people in it.

    An entry whose payload is gone is taken for the person whom the stored index names: what was signed holds that.
    """

    def __init__(self, reader: PeopleReader) -> None:
        self._reader = reader
        self._key = reader.person_key()
        self._stored = reader.labels()
        self._next = next(self._stored, None)
        self._tree = PeopleTree(_NoPages())
        self._people: dict[bytes, PersonLeaf] = {}
        self._changed: set[bytes] = set()
        self._members: dict[int, str | None] = {}
        self.misplaced: list[int] = []
        """Entries that the stored index has under somebody else than they name, or under nobody."""

    def read(self, seq: int, secret: Secret | None) -> None:
        """Note what an entry says, before it is taken; nothing where its payload is gone or not what it commits to."""
        if secret is not None and self._key is not None:
            self._members[seq] = member_of(secret.payload)

    def take(self, seq: int, leaf: bytes) -> None:
        """Take the next entry."""
        stored = self._stored_label(seq)
        label = stored
        if seq in self._members and self._key is not None:
            member = self._members.pop(seq)
            label = None if member is None else label_of(self._key, member)
        if label != stored:
            self.misplaced.append(seq)
        if label is not None:
            self._people[label] = (self._people.get(label) or begun(label)).extended(seq, leaf)
            self._changed.add(label)

    def is_signed_in(self, checkpoint: Checkpoint) -> bool:
        """Whether a checkpoint over just these entries has the index that they give."""
        signed = checkpoint.people
        if signed is None or (self._key is not None and signed.key != self._key.public):
            return False
        return signed.root == self._root()

    def is_stored(self) -> bool:
        """Whether the stored index is that over these entries, and of no others."""
        self._root()
        pages = dict(self._tree.changed)
        are_equal = all(pages.pop(name, None) == page for name, page in self._reader.all_people_pages())
        return are_equal and not pages and self._next is None

    def _root(self) -> bytes:
        self._tree.find(self._changed)
        self._tree.put(self._people[label] for label in self._changed)
        self._changed.clear()
        return self._tree.root

    def _stored_label(self, seq: int) -> bytes | None:
        if self._next is None or self._next[0] != seq:
            return None
        _, label = self._next
        self._next = next(self._stored, None)
        return label
