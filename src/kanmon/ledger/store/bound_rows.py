"""Rows bound to the ledger: what a transaction added is entered, row by row, by a digest of the whole row.

Stores tell their session what they added; `enter` writes an entry for each batch at the end of the transaction. A
digest is a seal over the row as PostgreSQL sends it in binary (`record_send`), all columns but those that change by
rule. `BoundRows` reads a batch again and holds it against its entry, and that against its commitment and the tree.
"""
# ruff: noqa: S608 - the SQL is put together from this module's constants and the columns of tables

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Table, text

from kanmon.core.ids import ClientId
from kanmon.db.locks import moment
from kanmon.db.tables.terms import client, policy_version, screen, season, service
from kanmon.db.tables.work import prediction_model, provision, provision_record, score
from kanmon.db.unit_of_work import ReadSession, RowBatch, WriteSession
from kanmon.ledger.entry import Entry, EntryType, NewEntry, Secret
from kanmon.ledger.service import Ledger
from kanmon.ledger.tree import HASH_BYTES, TILE_WIDTH, leaf_hash

_DIGITS = 32
Batch = tuple[str, tuple[str, ...]]
"""A kind of rows, and what names those that were entered together."""
Digests = Mapping[str, str]
"""The digest of each row of a batch in 32 hexadecimal digits, by the key that names the row."""


@dataclass(frozen=True)
class BoundTable:
    """How rows of a table are named and bound.

    `key` is an expression that names a row, `batch` the columns that name the rows that are entered together.
    """

    table: Table
    key: str
    batch: tuple[str, ...] = ()
    left_out: frozenset[str] = frozenset()
    """Columns that change by rule after the row was written; the database's guards say how."""

    @property
    def columns(self) -> list[str]:
        """The columns that a digest covers."""
        return sorted(column.name for column in self.table.c if column.name not in self.left_out)

    @property
    def content(self) -> str:
        """The bytes of a row; of a model's artefact its hash, for that can be long."""
        covered = (f"sha256(t.{name})" if name == "artefact" else f"t.{name}" for name in self.columns)
        return f"record_send(ROW({', '.join(covered)}))"

    def line(self) -> str:
        """What a query for the key and the bytes of the rows of a batch reads, and from where."""
        return f"{self.key}, {self.content} FROM {self._of_batch}"

    def rows(self) -> str:
        """A query for the key and the bytes of the rows of a batch."""
        return f"SELECT {self.line()}"

    def sha256(self) -> str:
        """A query for one hash over all rows of a batch, as `_seal_of` makes it."""
        line, by = f"convert_to({self.key}, 'UTF8') || {self.content}", f'({self.key}) COLLATE "C"'
        return f"SELECT sha256(coalesce(string_agg({line}, '' ORDER BY {by}), '')) FROM {self._of_batch}"

    @property
    def _of_batch(self) -> str:
        where = " AND ".join(f"t.{column} = :{column}" for column in self.batch) or "true"
        return f"{self.table.name} t WHERE {where}"


_OF_PERSON = "t.applicant_no || '/' || t.{}"
_MODEL = ("client_id", "model_id")
BOUND: Mapping[str, BoundTable] = {
    "score": BoundTable(score, _OF_PERSON.format("score_no"), ("client_id", "run_id")),
    "provision": BoundTable(provision, "t.provision_id", ("client_id", "provision_id"), frozenset({"handed_over_at"})),
    "provision_record": BoundTable(provision_record, _OF_PERSON.format("record_no"), ("client_id", "provision_id")),
    "prediction_model": BoundTable(prediction_model, "t.model_id", _MODEL, frozenset({"artefact"})),
    "model_artefact": BoundTable(
        prediction_model, "t.model_id", _MODEL, frozenset(c.name for c in prediction_model.c) - {"model_id", "artefact"}
    ),
}
"""Rows that are entered batch by batch. The key of a person's row is the applicant's number, a slash, the row's."""
TERMS: Mapping[str, BoundTable] = {
    "service": BoundTable(service, "t.id::text"),
    "season": BoundTable(season, "t.season_id"),
    "client": BoundTable(client, "t.client_id"),
    "policy_version": BoundTable(
        policy_version, "jsonb_build_array(t.policy_id, t.version_id, t.language, t.reading)::text"
    ),
    "screen": BoundTable(screen, "t.screen_id"),
}
"""What is in force: an entry holds all rows, and the newest one counts."""
_NOTE = text("INSERT INTO bound_rows (kind, batch, ledger_seq) VALUES (:kind, :batch, :seq)")
_ENTRY = f"""e.seq, e.type, e.entered_at, e.commitment, s.payload, s.key,
        substr(t.hashes, CAST(e.seq % {TILE_WIDTH} AS int) * {HASH_BYTES} + 1, {HASH_BYTES})"""
_WITH_LEAF = f"""JOIN ledger_entry e USING (seq) JOIN ledger_secret s USING (seq)
    JOIN ledger_tile t ON t.level = 0 AND t.index = e.seq / {TILE_WIDTH}"""
_ENTERED = text(
    f"""
    SELECT asked.kind, asked.batch, {_ENTRY}
    FROM unnest(CAST(:kinds AS text[]), CAST(:batches AS text[])) asked (kind, batch)
    CROSS JOIN LATERAL (
        SELECT max(ledger_seq) AS seq FROM bound_rows b WHERE (b.kind, b.batch) = (asked.kind, asked.batch)
    ) newest {_WITH_LEAF}
    """
)
_NEWEST_TERMS = text(
    f"SELECT {_ENTRY} FROM (SELECT max(seq) AS seq FROM ledger_entry WHERE type = 'terms') newest {_WITH_LEAF}"
)
_TERMS_NOW = text(" UNION ALL ".join(f"SELECT '{kind}', {bound.line()}" for kind, bound in TERMS.items()))


def enter(session: WriteSession, ledger: Ledger, *, signs: bool = True) -> None:
    """Enter what the session added, and sign unless the caller does; it acts for no client afterwards.

    Where the key is not at hand nothing is entered: then nothing may be added but what ends a use.
    """
    added = list(dict.fromkeys(session.added))
    session.added.clear()
    if not added or session.rows.secret is None:
        return
    at = moment(session.connection)
    ledger.hold()
    entries = [_entry(session, one, at) for one in added]
    places = zip(added, ledger.append(entries), strict=True)
    notes = [{"kind": one.kind, "batch": _written(one.batch), "seq": seq} for one, seq in places if one.kind in BOUND]
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
            payload = entered.get((kind, _written(batch)))
            if payload is None or (payload["kind"], payload["batch"]) != (kind, list(map(_nfc, batch))):
                differing.append(None)
            elif seals[place] == payload["seal"]:
                differing.append(frozenset())
            else:
                before, now = dict(payload["rows"]), digests(self._session, kind, batch)
                keys = before.keys() | now.keys()
                differing.append(frozenset(key for key in keys if before.get(key) != now.get(key)))
        return differing

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

    def _entered(self, batches: Sequence[Batch]) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """What the newest entry of each batch says, where it can be relied on."""
        asked = {"kinds": [kind for kind, _ in batches], "batches": [_written(batch) for _, batch in batches]}
        found = self._session.connection.execute(_ENTERED, asked).all()
        opened = {(kind, batch): _opened(EntryType.ROWS, *entry) for kind, batch, *entry in found}
        return {name: payload for name, payload in opened.items() if payload is not None}

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


def _opened(
    of: EntryType, seq: int, kind: str, at: datetime, commit: bytes, payload: str, key: bytes, leaf: bytes
) -> Mapping[str, Any] | None:
    """What an entry of a type says, where the entry commits to it and stands in the tree as `leaf`."""
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
    seal = session.rows.seal
    return {_nfc(key): seal(kind, row).hex()[:_DIGITS] for key, row in rows.items()}


def _seal_of(session: ReadSession | WriteSession, kind: str, rows: Mapping[str, bytes]) -> str:
    """The seal over one hash of all rows by their keys, as PostgreSQL makes it of the rows that there are."""
    digest = sha256(b"".join(key.encode() + row for key, row in sorted(rows.items())))
    return session.rows.seal(kind, digest.digest()).hex()


def _entry(session: WriteSession, added: RowBatch, at: datetime) -> NewEntry:
    if added.kind in BOUND:
        session.act_for(added.client)
        rows = _contents(session, added.kind, added.batch)
        said = {"kind": added.kind, "batch": list(added.batch), "seal": _seal_of(session, added.kind, rows)}
        return NewEntry(EntryType.ROWS, at, {**said, "rows": sorted(_sealed(session, added.kind, rows).items())})
    if added.kind != "terms":  # how many acts of which load went with a person, or were found
        name, *counts = added.batch
        acts = [[int(number) for number in count.split(":")] for count in counts]
        return NewEntry(EntryType.ROWS, at, {"kind": added.kind, "batch": [name], "rows": acts})
    terms = [[kind, sorted(rows.items())] for kind, rows in _digests_of_terms(session).items()]
    return NewEntry(EntryType.TERMS, at, {"rows": terms})


def _written(batch: Sequence[str]) -> str:
    return json.dumps(list(batch), ensure_ascii=False)


def _nfc(name: str) -> str:
    """As the ledger writes text."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)
