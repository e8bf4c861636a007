"""The index of people in PostgreSQL; see `ledger.people`."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import bindparam, delete, select, text

from kanmon.db.bulk import copy_rows
from kanmon.db.tables.ledger import ledger_person, ledger_person_page
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.ledger.entry import Entry
from kanmon.ledger.people import NAMED, ListedEntry
from kanmon.ledger.tree import leaf_hash
from kanmon.ledger.vrf import VrfKey

_KEY = "people"
_ROWS_AT_A_TIME = 20_000
_PAGES_AT_A_TIME = 5_000
_COLUMNS = ("seq", "label", "before")
_PAGES = text("SELECT name, content FROM ledger_person_page WHERE name = ANY (CAST(:names AS text[]))")
_NEXT_PAGES = (
    select(ledger_person_page.c.name, ledger_person_page.c.content)
    .where(ledger_person_page.c.name > bindparam("after"))
    .order_by(ledger_person_page.c.name)
    .limit(_PAGES_AT_A_TIME)
)
_FIRST_PAGE = ""
_PUT_PAGES = text(
    """
    INSERT INTO ledger_person_page (name, content)
    SELECT * FROM unnest(CAST(:names AS text[]), CAST(:contents AS bytea[]))
    ON CONFLICT (name) DO UPDATE SET content = excluded.content
    """
)
_NAMING = text(
    """
    SELECT e.seq, e.type, e.entered_at, e.commitment, s.payload
    FROM ledger_entry e JOIN ledger_secret s USING (seq)
    WHERE e.seq >= :first AND e.seq < :end AND strpos(s.payload, :named) > 0 ORDER BY e.seq
    """
)
_ERASED = text(
    """
    SELECT e.seq, e.type, e.entered_at, e.commitment, p.label
    FROM ledger_person p JOIN ledger_entry e USING (seq) LEFT JOIN ledger_secret s USING (seq)
    WHERE s.seq IS NULL ORDER BY e.seq
    """
)
_LISTED = text(
    """
    WITH RECURSIVE listed AS (
        SELECT seq, before FROM ledger_person WHERE seq = :last AND label = :label
        UNION ALL SELECT p.seq, p.before FROM listed l JOIN ledger_person p ON p.seq = l.before
    )
    SELECT seq FROM listed ORDER BY seq
    """
)
_LABELS = select(ledger_person.c.seq, ledger_person.c.label).order_by(ledger_person.c.seq)


class PeopleRecords:
    """See `ledger.people.PeopleReader`."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session
        self._connection = session.connection

    def person_key(self) -> VrfKey | None:
        """What labels are made with: it goes with the key that seals rows, which lies outside of the database."""
        rows = self._session.rows
        return None if rows.secret is None else VrfKey.derived(rows.seal(_KEY, b""))

    def people_pages(self, names: Collection[str]) -> Mapping[str, bytes]:
        """Those of some pages of the index that there are."""
        found: dict[str, bytes] = {}
        wanted = list(names)
        for at in range(0, len(wanted), _PAGES_AT_A_TIME):
            rows = self._connection.execute(_PAGES, {"names": wanted[at : at + _PAGES_AT_A_TIME]})
            found |= {name: bytes(content) for name, content in rows}
        return found

    def all_people_pages(self) -> Iterator[tuple[str, bytes]]:
        """Every page of the index."""
        yield from self.people_pages([_FIRST_PAGE]).items()
        after: str | None = _FIRST_PAGE
        while after is not None:
            rows = self._connection.execute(_NEXT_PAGES, {"after": after}).all()
            yield from ((name, bytes(content)) for name, content in rows)
            after = rows[-1].name if rows else None

    def listed(self, label: bytes, last: int) -> Sequence[int]:
        """The `seq` of each entry of a person, up to `last`, which is one of them; oldest first."""
        return list(self._connection.scalars(_LISTED, {"label": label, "last": last}))

    def labels(self) -> Iterator[tuple[int, bytes]]:
        """Of each entry about a person, its `seq` and the person's label, by `seq`."""
        after: int | None = -1
        while after is not None:
            rows = self._connection.execute(_LABELS.where(ledger_person.c.seq > after).limit(_ROWS_AT_A_TIME)).all()
            yield from ((seq, bytes(label)) for seq, label in rows)
            after = rows[-1].seq if rows else None

    def labels_between(self, first: int, last: int) -> Mapping[int, bytes]:
        """The same for entries from `first` to `last`, both included."""
        found = self._connection.execute(_LABELS.where(ledger_person.c.seq.between(first, last)))
        return {seq: bytes(label) for seq, label in found}


class PostgresPeopleStore(PeopleRecords):
    """See `ledger.people.PeopleStore`; one transaction."""

    def naming(self, first: int, end: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Entries from `first` to before `end` whose payload may name a person: `seq`, leaf hash, payload."""
        for begun in range(first, end, _ROWS_AT_A_TIME):
            asked = {"first": begun, "end": min(begun + _ROWS_AT_A_TIME, end), "named": NAMED}
            for seq, kind, at, commit, payload in self._connection.execute(_NAMING, asked):
                yield seq, leaf_hash(Entry(seq, kind, at, commit).leaf()), payload.encode()

    def put_people(self, entries: Sequence[ListedEntry], pages: Mapping[str, bytes]) -> None:
        """Keep where new entries stand, and pages that are new or changed."""
        if entries:
            copy_rows(self._connection, ledger_person.name, _COLUMNS, entries)
        names = list(pages)
        for at in range(0, len(names), _PAGES_AT_A_TIME):
            part = names[at : at + _PAGES_AT_A_TIME]
            self._connection.execute(_PUT_PAGES, {"names": part, "contents": [pages[name] for name in part]})

    def forget_people(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Empty the index; of entries whose payload is gone, their `seq`, leaf hash and label."""
        erased = [
            (seq, leaf_hash(Entry(seq, kind, at, commit).leaf()), bytes(label))
            for seq, kind, at, commit, label in self._connection.execute(_ERASED)
        ]
        self._connection.execute(delete(ledger_person))
        self._connection.execute(delete(ledger_person_page))
        return iter(erased)
