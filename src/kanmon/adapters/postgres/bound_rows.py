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

from kanmon.adapters.postgres.ledger_store import LedgerRecords
from kanmon.adapters.postgres.locks import moment
from kanmon.adapters.postgres.tables.terms import client, policy_version, screen, season, service
from kanmon.adapters.postgres.tables.work import prediction_model, provision, provision_record, score
from kanmon.adapters.unit_of_work import Added, ReadSession, WriteSession
from kanmon.ids import ClientId
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.service import Ledger
from kanmon.ledger.tree import TILE_WIDTH, leaf_hash, split_hashes

_DIGITS = 32
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

    def rows(self) -> str:
        """A query for the key and the bytes of the rows of a batch."""
        return f"SELECT {self.key}, {self.content} FROM {self._of_batch}"

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
_WHERE_BOUND = text("SELECT max(ledger_seq) FROM bound_rows WHERE kind = :kind AND batch = :batch")
_NEWEST_TERMS = text("SELECT max(seq) FROM ledger_entry WHERE type = 'terms'")


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
        self._records = LedgerRecords(session)

    def differing(self, kind: str, batch: Sequence[str]) -> frozenset[str] | None:
        """The keys of a batch's rows that differ, are gone, or were never entered; None where no entry is known."""
        asked = {"kind": kind, "batch": _written(batch)}
        payload = self._payload(self._session.connection.scalar(_WHERE_BOUND, asked), EntryType.ROWS)
        if payload is None or (payload["kind"], payload["batch"]) != (kind, list(map(_nfc, batch))):
            return None
        if self._batch_seal(kind, batch) == payload["seal"]:
            return frozenset()
        entered, present = dict(payload["rows"]), digests(self._session, kind, batch)
        return frozenset(key for key in entered.keys() | present.keys() if entered.get(key) != present.get(key))

    def _batch_seal(self, kind: str, batch: Sequence[str]) -> str:
        bound = BOUND[kind]
        values = dict(zip(bound.batch, batch, strict=True))
        found = self._session.connection.scalar(text(bound.sha256()), values)
        return self._session.rows.seal(kind, bytes(found or b"")).hex()

    def is_bound(self, kind: str, batch: Sequence[str]) -> bool:
        """Whether all rows of a batch are what was entered of it."""
        return self.differing(kind, batch) == frozenset()

    def unbound_clients(self) -> frozenset[ClientId]:
        """Clients whose contract is not what was entered last; all, where what is in force for everybody isn't."""
        payload = self._payload(self._session.connection.scalar(_NEWEST_TERMS), EntryType.TERMS)
        entered = {} if payload is None else {kind: dict(rows) for kind, rows in payload["rows"]}
        present = {kind: digests(self._session, kind) for kind in TERMS}
        before, now = entered.get("client", {}), present["client"]
        is_sound = all(entered.get(kind) == rows for kind, rows in present.items() if kind != "client")
        clients = before.keys() | now.keys()
        return frozenset(ClientId(one) for one in clients if not is_sound or before.get(one) != now.get(one))

    def _payload(self, seq: int | None, kind: EntryType) -> Mapping[str, Any] | None:
        """What an entry of a type says, where the entry commits to it and stands in the tree."""
        if seq is None:
            return None
        entry, secret = self._records.entry(seq)
        leaves = split_hashes(self._records.tile(0, seq // TILE_WIDTH))
        is_in_tree = seq % TILE_WIDTH < len(leaves) and leaves[seq % TILE_WIDTH] == leaf_hash(entry.leaf())
        if not is_in_tree or entry.type != kind or secret is None or secret.commitment() != entry.commit:
            return None
        payload: Mapping[str, Any] = json.loads(secret.payload)
        return payload


def digests(session: ReadSession | WriteSession, kind: str, batch: Sequence[str] = ()) -> Digests:
    """The digests of the rows of a batch as they are."""
    return _sealed(session, kind, _contents(session, kind, batch))


def _contents(session: ReadSession | WriteSession, kind: str, batch: Sequence[str]) -> Mapping[str, bytes]:
    bound = BOUND.get(kind) or TERMS[kind]
    found = session.connection.execute(text(bound.rows()), dict(zip(bound.batch, batch, strict=True)))
    return {key: bytes(row) for key, row in found}


def _sealed(session: ReadSession | WriteSession, kind: str, rows: Mapping[str, bytes]) -> Digests:
    seal = session.rows.seal
    return {_nfc(key): seal(kind, row).hex()[:_DIGITS] for key, row in rows.items()}


def _seal_of(session: ReadSession | WriteSession, kind: str, rows: Mapping[str, bytes]) -> str:
    """The seal over one hash of all rows by their keys, as PostgreSQL makes it of the rows that there are."""
    digest = sha256(b"".join(key.encode() + row for key, row in sorted(rows.items())))
    return session.rows.seal(kind, digest.digest()).hex()


def _entry(session: WriteSession, added: Added, at: datetime) -> NewEntry:
    session.act_for(added.client)
    if added.kind in BOUND:
        rows = _contents(session, added.kind, added.batch)
        said = {"kind": added.kind, "batch": list(added.batch), "seal": _seal_of(session, added.kind, rows)}
        return NewEntry(EntryType.ROWS, at, {**said, "rows": sorted(_sealed(session, added.kind, rows).items())})
    if added.kind != "terms":  # how many acts of which load went with a person, or were found
        name, *counts = added.batch
        acts = [[int(number) for number in count.split(":")] for count in counts]
        return NewEntry(EntryType.ROWS, at, {"kind": added.kind, "batch": [name], "rows": acts})
    terms = [[kind, sorted(digests(session, kind).items())] for kind in TERMS]
    return NewEntry(EntryType.TERMS, at, {"rows": terms})


def _written(batch: Sequence[str]) -> str:
    return json.dumps(list(batch), ensure_ascii=False)


def _nfc(name: str) -> str:
    """As the ledger writes text."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)
