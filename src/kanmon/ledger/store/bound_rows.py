"""Rows bound to the ledger: what a transaction added is entered, row by row, by a digest of the whole row.

Stores tell their session what they added; `enter` writes an entry for each batch at the end of the transaction. A
digest is a seal over the row as PostgreSQL sends it in binary (`record_send`), all columns but those that change by
rule. `BoundRows` reads a batch again and holds it against its entry, and that against its commitment and the tree.

Rows of a standing kind change one by one as long as their batch stands. Each entry tells the rows that it changed, and
of each row the newest digest counts. A seal over the whole batch goes with it where all other rows are what was
entered before, so that a later change never covers a forged row.
"""
# ruff: noqa: S608 - the SQL is put together from this module's constants and the columns of tables

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import text

from kanmon.core.ids import ApplicantNo, ClientId
from kanmon.db.locks import moment
from kanmon.db.row_key import RowKey
from kanmon.db.unit_of_work import ReadSession, RowBatch, WriteSession
from kanmon.ledger.entry import Entry, EntryType, NewEntry, Secret
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.bound_tables import BOUND, NOTICES, TERMS, Batch
from kanmon.ledger.tree import HASH_BYTES, TILE_WIDTH, leaf_hash

_DIGITS = 32
Digests = Mapping[str, str]
"""The digest of each row of a batch in 32 hexadecimal digits, by the key that names the row."""
_NOTE = text("INSERT INTO bound_rows (kind, batch, ledger_seq) VALUES (:kind, :batch, :seq)")
_ENTRY = f"""e.seq, e.type, e.entered_at, e.commitment, s.payload, s.key,
        substr(t.hashes, CAST(e.seq % {TILE_WIDTH} AS int) * {HASH_BYTES} + 1, {HASH_BYTES})"""
_LEAF = f"ledger_tile t ON t.level = 0 AND t.index = e.seq / {TILE_WIDTH}"
_WITH_LEAF = f"""LEFT JOIN ledger_entry e USING (seq) LEFT JOIN ledger_secret s USING (seq) LEFT JOIN {_LEAF}"""
_ENTERED = text(
    f"""
    SELECT asked.kind, asked.batch, newest.seq, {_ENTRY}
    FROM unnest(CAST(:kinds AS text[]), CAST(:batches AS text[])) asked (kind, batch)
    CROSS JOIN LATERAL (
        SELECT max(ledger_seq) AS seq FROM bound_rows b WHERE (b.kind, b.batch) = (asked.kind, asked.batch)
    ) newest {_WITH_LEAF}
    """
)
_ALL_ENTERED = text(
    f"""
    SELECT {_ENTRY} FROM (SELECT ledger_seq AS seq FROM bound_rows WHERE (kind, batch) = (:kind, :batch)) known
    {_WITH_LEAF} ORDER BY seq
    """
)
ENTERED_OF_SEASON = f"""
    SELECT known.kind, known.seq, {_ENTRY} FROM (
        SELECT kind, ledger_seq AS seq FROM bound_rows
        WHERE (kind, batch) IN (('applicant', %s), ('tie', %s), ('recipient_consent', %s))
    ) known {_WITH_LEAF} ORDER BY known.seq
""".replace(" % ", " %% ")
"""All entries of what `rows_judged` names, for psycopg; by the batches as `written` writes them."""
_NEWEST_TERMS = text(
    f"SELECT {_ENTRY} FROM (SELECT max(seq) AS seq FROM ledger_entry WHERE type = 'terms') newest {_WITH_LEAF}"
)
_TERMS_NOW = text(" UNION ALL ".join(f"SELECT '{kind}', {bound.line()}" for kind, bound in TERMS.items()))


def enter(session: WriteSession, ledger: Ledger, *, signs: bool = True) -> None:
    """Enter what the session added, and sign unless the caller does; it acts for no client afterwards.

    Where the key is not at hand nothing is entered: then nothing may be added but what ends a use.
    """
    added = _merged(session.added)
    session.added.clear()
    if not added or session.rows.secret is None:
        return
    at = moment(session.connection)
    ledger.hold()
    entries = [_entry(session, one, at) for one in added]
    places = zip(added, ledger.append(entries), strict=True)
    notes = [
        {"kind": one.kind, "batch": written(one.batch[:1] if one.kind == NOTICES else one.batch), "seq": seq}
        for one, seq in places
        if one.kind in BOUND or one.kind == NOTICES
    ]
    if notes:
        session.connection.execute(_NOTE, notes)
    session.act_for(None)
    if signs:
        ledger.sign(at)


class BoundRows:
    """Holds rows against what was entered of them, within one transaction that acts for their client."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session

    def differing(self, kind: str, batch: Sequence[str]) -> frozenset[str] | None:
        """The keys of a batch's rows that differ, are gone, or were never entered; None where no entry is known."""
        return self.differing_in([(kind, tuple(batch))])[0]

    def differing_in(self, batches: Sequence[Batch]) -> list[frozenset[str] | None]:
        """As `differing`, of several kinds and batches in two questions: a round trip costs more than a batch."""
        if not batches:
            return []
        entered, seals = self._entered(batches), self._seals(batches)
        differing: list[frozenset[str] | None] = []
        for place, (kind, batch) in enumerate(batches):
            is_known, payload = entered[kind, written(batch)]
            sealed = self._nothing(kind) if not is_known and BOUND[kind].is_standing else payload and payload["seal"]
            if seals[place] == sealed:
                differing.append(frozenset())
                continue
            if BOUND[kind].is_standing:
                before = self.standing(kind, batch)
            else:
                before = None if payload is None else dict(payload["rows"])
            now = {} if before is None else digests(self._session, kind, batch)
            differing.append(None if before is None else _differing(before, now))
        return differing

    def _nothing(self, kind: str) -> str:
        """The seal over a batch without rows."""
        return self._session.rows.seal(kind, sha256().digest()).hex()

    def standing(self, kind: str, batch: Sequence[str]) -> Digests | None:
        """The newest digest of each row of a standing batch; None where one of its entries can't be relied on."""
        payloads = self._all_entered(kind, batch)
        return None if payloads is None else newest_digests(payloads)

    def counted(self, kind: str) -> int | None:
        """How many notices of a kind were entered, without those that went; None where no entry can be relied on."""
        payloads = self._all_entered(NOTICES, (kind,))
        return None if payloads is None else sum(payload["rows"][0][0] for payload in payloads)

    def _all_entered(self, kind: str, batch: Sequence[str]) -> list[Mapping[str, Any]] | None:
        """What all entries of a batch say, in their order; None where one of them can't be relied on."""
        found = self._session.connection.execute(_ALL_ENTERED, {"kind": kind, "batch": written(batch)})
        return opened_all(found, kind, batch)

    def is_bound(self, kind: str, batch: Sequence[str]) -> bool:
        """Whether all rows of a batch are what was entered of it."""
        return self.differing(kind, batch) == frozenset()

    def unbound_clients(self) -> frozenset[ClientId]:
        """Clients whose contract is not what was entered last; all, where what is in force for everybody isn't."""
        found = self._session.connection.execute(_NEWEST_TERMS).one_or_none()
        payload = None if found is None else _opened(EntryType.TERMS, *found)
        entered = {} if payload is None else {kind: dict(rows) for kind, rows in payload["rows"]}
        present = _digests_of_terms(self._session)
        before, now = entered.get("client", {}), present["client"]
        is_sound = all(entered.get(kind) == rows for kind, rows in present.items() if kind != "client")
        clients = before.keys() | now.keys()
        return frozenset(ClientId(name) for name in clients if not is_sound or before.get(name) != now.get(name))

    def _entered(self, batches: Sequence[Batch]) -> Mapping[tuple[str, str], tuple[bool, Mapping[str, Any] | None]]:
        """Whether an entry of each batch is known, and what the newest says, where it can be relied on."""
        asked = {"kinds": [kind for kind, _ in batches], "batches": [written(batch) for _, batch in batches]}
        found = self._session.connection.execute(_ENTERED, asked).all()
        return {
            (kind, batch): (seq is not None, _of_batch(_opened(EntryType.ROWS, *entry), kind, json.loads(batch)))
            for kind, batch, seq, *entry in found
        }

    def _seals(self, batches: Sequence[Batch]) -> list[str]:
        """The seal over the rows of each batch as they are."""
        questions, values = [], {}
        for place, (kind, batch) in enumerate(batches):
            bound, question = BOUND[kind], BOUND[kind].sha256()
            for column, value in zip(bound.batch, batch, strict=True):
                question = question.replace(f":{column}", f":{column}_{place}")
                values[f"{column}_{place}"] = value
            questions.append(f"SELECT {place} AS place, ({question}) AS digest")
        found = self._session.connection.execute(text(" UNION ALL ".join(questions) + " ORDER BY place"), values)
        return [
            self._session.rows.seal(kind, bytes(digest)).hex()
            for (kind, _), (_, digest) in zip(batches, found, strict=True)
        ]


def opened_all(entries: Iterable[Sequence[Any]], kind: str, batch: Sequence[str]) -> list[Mapping[str, Any]] | None:
    """What entries of a batch say; None where one of them can't be relied on."""
    payloads = [_of_batch(_opened(EntryType.ROWS, *entry), kind, batch) for entry in entries]
    told = [payload for payload in payloads if payload is not None]
    return told if len(told) == len(payloads) else None


def newest_digests(payloads: Iterable[Mapping[str, Any]]) -> Digests:
    """The newest digest of each row of a standing batch, by what its entries say in their order."""
    newest: dict[str, str | None] = {}
    for payload in payloads:
        if payload["is_whole"]:
            newest.clear()
        newest |= payload["rows"]
    return {key: digest for key, digest in newest.items() if digest is not None}


def digest_of(rows: RowKey, kind: str, content: bytes) -> str:
    """The digest of a row's bytes."""
    return rows.seal(kind, content).hex()[:_DIGITS]


def applicants_of(keys: Iterable[str]) -> frozenset[ApplicantNo]:
    """The applicants whose rows these are."""
    return frozenset(ApplicantNo(int(key.partition("/")[0])) for key in keys)


def _merged(added: Iterable[RowBatch]) -> list[RowBatch]:
    """Each batch once, with all rows that were added of it; None stands for all there are."""
    batches: dict[RowBatch, dict[str, None] | None] = {}
    for one in added:
        batch = one._replace(keys=None)
        keys = batches.setdefault(batch, {})
        if one.keys is None or keys is None:
            batches[batch] = None
        else:
            keys |= dict.fromkeys(one.keys)
    return [batch._replace(keys=None if keys is None else tuple(keys)) for batch, keys in batches.items()]


def _of_batch(payload: Mapping[str, Any] | None, kind: str, batch: Sequence[str]) -> Mapping[str, Any] | None:
    """What an entry says, where it is one of this batch."""
    is_its = payload is not None and (payload["kind"], payload["batch"]) == (kind, list(map(_nfc, batch)))
    return payload if is_its else None


def _differing(before: Digests, now: Digests) -> frozenset[str]:
    """The keys of rows that are not what they were."""
    return frozenset(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))


def _opened(
    of: EntryType,
    seq: int | None,
    kind: str | None,
    at: datetime,
    commit: bytes,
    payload: str | None,
    key: bytes,
    leaf: bytes,
) -> Mapping[str, Any] | None:
    """What an entry of a type says, where the entry commits to it and stands in the tree as `leaf`."""
    if seq is None or kind is None or payload is None:
        return None
    entry, secret = Entry(seq, kind, at, commit), Secret(payload.encode(), key)
    if bytes(leaf) != leaf_hash(entry.leaf()) or kind != of or secret.commitment() != commit:
        return None
    opened: Mapping[str, Any] = json.loads(payload)
    return opened


def _digests_of_terms(session: ReadSession | WriteSession) -> Mapping[str, Digests]:
    """The digests of all that is in force, by table."""
    rows: dict[str, dict[str, bytes]] = {kind: {} for kind in TERMS}
    for kind, key, content in session.connection.execute(_TERMS_NOW):
        rows[kind][key] = bytes(content)
    return {kind: _sealed(session, kind, contents) for kind, contents in rows.items()}


def digests(session: ReadSession | WriteSession, kind: str, batch: Sequence[str] = ()) -> Digests:
    """The digests of the rows of a batch as they are."""
    return _sealed(session, kind, _contents(session, kind, batch))


def _contents(session: ReadSession | WriteSession, kind: str, batch: Sequence[str]) -> Mapping[str, bytes]:
    bound = BOUND[kind]
    found = session.connection.execute(text(bound.rows()), dict(zip(bound.batch, batch, strict=True)))
    return {key: bytes(row) for key, row in found}


def _sealed(session: ReadSession | WriteSession, kind: str, rows: Mapping[str, bytes]) -> Digests:
    return {_nfc(key): digest_of(session.rows, kind, row) for key, row in rows.items()}


def _seal_of(session: ReadSession | WriteSession, kind: str, rows: Mapping[str, bytes]) -> str:
    """The seal over one hash of all rows by their keys, as PostgreSQL makes it of the rows that there are."""
    digest = sha256(b"".join(key.encode() + row for key, row in sorted(rows.items())))
    return session.rows.seal(kind, digest.digest()).hex()


def _entry(session: WriteSession, added: RowBatch, at: datetime) -> NewEntry:
    if added.kind in BOUND:
        session.act_for(added.client)
        said = {"kind": added.kind, "batch": list(added.batch), **_said_of(session, added)}
        return NewEntry(EntryType.ROWS, at, said)
    if added.kind != "terms":  # how many acts of which load went with a person, or were found
        name, *counts = added.batch
        acts = [[int(number) for number in count.split(":")] for count in counts]
        return NewEntry(EntryType.ROWS, at, {"kind": added.kind, "batch": [name], "rows": acts})
    terms = [[kind, sorted(rows.items())] for kind, rows in _digests_of_terms(session).items()]
    return NewEntry(EntryType.TERMS, at, {"rows": terms})


def _said_of(session: WriteSession, added: RowBatch) -> dict[str, object]:
    """What an entry tells of the rows of a batch: digests by key, null for a row that is gone, and the seal over all.

    Of a standing batch the seal is left out where another row than those that were added is not what was entered.
    """
    rows = _contents(session, added.kind, added.batch)
    seal, now = _seal_of(session, added.kind, rows), _sealed(session, added.kind, rows)
    if not BOUND[added.kind].is_standing:
        return {"seal": seal, "rows": sorted(now.items())}
    if added.keys is None:
        return {"seal": seal, "rows": sorted(now.items()), "is_whole": True}
    before = BoundRows(session).standing(added.kind, added.batch)
    is_sound = before is not None and _differing(before, now) <= set(added.keys)
    changed = [(key, now.get(key)) for key in sorted(added.keys)]
    return {"seal": seal if is_sound else None, "rows": changed, "is_whole": False}


def written(batch: Sequence[str]) -> str:
    """The names of a batch as `bound_rows` has them."""
    return json.dumps(list(batch), ensure_ascii=False)


def _nfc(name: str) -> str:
    """As the ledger writes text."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)
