"""API keys and received events."""

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_new

from kanmon.access.key import Key, KeyRecord, KeyScope
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId
from kanmon.core.language import N_
from kanmon.db.tables.doors import api_key, received_event
from kanmon.db.tables.terms import client as of_client
from kanmon.db.unit_of_work import WriteSession
from kanmon.intake.events import BatchResult, SentEvent

COLLECTED_AT_ONCE = 500_000
_STAGED = pa.schema(
    [
        ("line", pa.int64()),
        ("occurred_at", pa.timestamp("us", tz="UTC")),
        ("cookie_id", pa.string()),
        ("member_id", pa.string()),
        ("kind", pa.string()),
        ("target", pa.string()),
        ("page", pa.string()),
        ("weight", pa.int32()),
        ("site", pa.string()),
    ]
)

_TAKE = text(
    """
    INSERT INTO received_event (key_no, event_id, content_sha256, event, received_at)
    SELECT :key_no, sent.event_id, sent.content_sha256, CAST(sent.content AS jsonb), :at
    FROM unnest(CAST(:names AS text[]), CAST(:hashes AS bytea[]), CAST(:contents AS text[]))
        AS sent (event_id, content_sha256, content)
    ON CONFLICT DO NOTHING
    RETURNING event_id
    """
)
_COLLECTED = text(
    """
    UPDATE received_event SET collected_at = :at, event = NULL, fault = NULL
    WHERE event_no = ANY (CAST(:numbers AS bigint[])) AND collected_at IS NULL
    """
)


class PostgresIntakeStore:
    """See `intake.events.IntakeStore`."""

    def __init__(self, session: WriteSession) -> None:
        self._connection = session.connection

    def add_key(
        self, label: str, key_sha256: bytes, may: Collection[KeyScope], at: datetime, client: ClientId | None = None
    ) -> None:
        """Make a key, for one client or for any; `UsageError` where the label is taken or there is no such client."""
        known = select(of_client.c.client_id).where(of_client.c.client_id == client)
        if client is not None and self._connection.scalar(known) is None:
            raise UsageError(N_("no client %(client)s is known"), client=client)
        new = {
            "label": label, "key_sha256": key_sha256, "may": sorted(may), "created_at": at, "client_id": client
        }  # fmt: skip
        made = insert_new(api_key).values(new).on_conflict_do_nothing()
        if self._connection.scalar(made.returning(api_key.c.key_no)) is None:
            raise UsageError(N_("there is a key %(label)s already; take another label"), label=label)

    def revoke_key(self, label: str, at: datetime) -> None:
        """End a key; `UsageError` where there is none of that label."""
        ended = update(api_key).where(api_key.c.label == label, api_key.c.revoked_at.is_(None)).values(revoked_at=at)
        if self._connection.execute(ended).rowcount == 0:
            raise UsageError(N_("there is no key %(label)s in force"), label=label)

    def keys(self) -> Sequence[KeyRecord]:
        """Every key that was ever made, by label."""
        columns = (api_key.c.label, api_key.c.may, api_key.c.client_id, api_key.c.created_at, api_key.c.revoked_at)
        rows = self._connection.execute(select(*columns).order_by(api_key.c.label))
        return [KeyRecord(**row._mapping) for row in rows]

    def key(self, key_sha256: bytes) -> Key | None:
        """The key of this hash, where it is in force."""
        return self._key(api_key.c.key_sha256 == key_sha256)

    def key_labelled(self, label: str) -> Key | None:
        """The key of this label, where it is in force."""
        return self._key(api_key.c.label == label)

    def _key(self, is_it: ColumnElement[bool]) -> Key | None:
        known = select(api_key.c.key_no, api_key.c.may, api_key.c.client_id)
        found = self._connection.execute(known.where(is_it, api_key.c.revoked_at.is_(None))).one_or_none()
        return None if found is None else Key(found.key_no, found.may, found.client_id)

    def take(self, key_no: int, events: Sequence[SentEvent], at: datetime) -> BatchResult:
        """Keep the events that are new to this key, on disk when the transaction has ended."""
        if not events:
            return BatchResult(0, 0, frozenset())
        self._connection.execute(text("SET LOCAL synchronous_commit = on"))
        contents = [event.content() for event in events]
        hashes = [sha256(content.encode()).digest() for content in contents]
        first = {event.event_id: place for place, event in reversed(list(enumerate(events)))}
        # In one order, so that two batches with the same events wait for each other instead of locking each other out.
        names = sorted(first)
        rows = {
            "key_no": key_no,
            "at": at,
            "names": names,
            "hashes": [hashes[first[name]] for name in names],
            "contents": [contents[first[name]] for name in names],
        }
        accepted = len(self._connection.scalars(_TAKE, rows).all())
        is_asked = (received_event.c.key_no == key_no) & received_event.c.event_id.in_(names)
        found = select(received_event.c.event_id, received_event.c.content_sha256).where(is_asked)
        known = {row.event_id: row.content_sha256 for row in self._connection.execute(found)}
        conflicting = frozenset(place for place, event in enumerate(events) if hashes[place] != known[event.event_id])
        return BatchResult(accepted, len(events) - accepted - len(conflicting), conflicting)

    def stage_waiting(self, path: Path, after: int) -> int | None:
        """See `intake.events.IntakeStore`."""
        waiting = self._connection.execute(
            select(received_event.c.event_no, received_event.c.event)
            .where(received_event.c.collected_at.is_(None), received_event.c.event_no > after)
            .order_by(received_event.c.event_no)
            .limit(COLLECTED_AT_ONCE)
        ).all()
        if not waiting:
            return None
        rows = [
            {**event, "line": number, "occurred_at": datetime.fromisoformat(event["occurred_at"])}
            for number, event in waiting
        ]
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=_STAGED), path)
        return int(waiting[-1].event_no)

    def mark_collected(self, numbers: Sequence[int], at: datetime) -> int:
        """Note that the lake has these events: they are no longer kept here. How many of them waited."""
        return self._connection.execute(_COLLECTED, {"at": at, "numbers": list(numbers)}).rowcount

    def mark_refused(self, refused: pa.Table) -> None:
        """Note why the lake refused events (`REFUSED_SCHEMA`); they go on waiting."""
        for row in refused.to_pylist():
            is_it = received_event.c.event_no == row["line"]
            self._connection.execute(update(received_event).where(is_it).values(fault=row["fault"]))

    def waiting(self) -> int:
        """How many events wait for the lake."""
        is_waiting = received_event.c.collected_at.is_(None)
        return self._connection.scalar(select(func.count()).select_from(received_event).where(is_waiting)) or 0
