"""Facts and records of single questions: two round trips in all, on connections of the event loop's own.

Each trip is one message with two statements, and one transaction: which client it acts for, then a prepared statement.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import psycopg
from psycopg import AsyncClientCursor, AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import URL

from kanmon.access.key import Key
from kanmon.consent.screens import Doubt
from kanmon.core.errors import DatabaseUnavailable
from kanmon.core.ids import RunId
from kanmon.core.language import N_
from kanmon.db.heartbeat import MOST_SECONDS
from kanmon.db.logins import APP, conninfo_of, limited, options_as
from kanmon.db.row_key import RowKey
from kanmon.db.unit_of_work import failures_told
from kanmon.gate.decision import Decision
from kanmon.gate.online import ApplicantFacts, Lookup
from kanmon.gate.question import Terms
from kanmon.gate.service import FactRow
from kanmon.gate.store.facts import NOTICES_UNREAD, decision_values, doubts_as_json, facts_query
from kanmon.ledger.store.act_seals import KIND, SEALED_OF_ONE

_MOST_CONNECTIONS = 8
_MOST_SECONDS = 5
"""For a connection: while there is none, a question is refused rather than kept waiting."""
# A notice of scoring is looked for in general only where this person has none.
_IS_INFORMED = f"""(informed.of_scoring IS NOT NULL
    OR NOT (EXISTS (SELECT FROM notice WHERE kind = 'scoring' AND occurred_at < :asked_at) OR {NOTICES_UNREAD}))"""
_PLACES = {
    "client": "$1", "season": "$2", "asked_at": "coalesce($3, now())", "key": "$4", "names": "$5", "doubts": "$6",
    "doubted_until": "$7",
}  # fmt: skip
_FIND = """
    PREPARE {name} (text, text, timestamptz, bytea, text[], text, timestamptz) AS
    SELECT :asked_at, (SELECT version FROM terms_version), k.key_no, k.may, k.client_id, sealed.*, f.*
    FROM (SELECT) one
    LEFT JOIN api_key k ON k.key_sha256 = :key AND k.revoked_at IS NULL
    LEFT JOIN ({facts}) f ON true
    LEFT JOIN LATERAL ({sealed}) sealed ON true
    ORDER BY f.applicant_no, f.last_at DESC, f.consent_no DESC
"""
_ASKED = 5
_FOUND = _ASKED + 3
"""Columns before those of a `FactRow`: what is true of the question, then what proves a person's acts."""
_RECORD = """
    PREPARE keep (text, text, text, timestamptz, text, int, jsonb) AS
    WITH kept AS (
        INSERT INTO gate_decision (run_id, client_id, applicant_no, use, decided_at, allowed, reasons, elements,
            consent_no, confirmed_at, law_profile_id)
        SELECT $1, $2, d.applicant_no, $3, $4, d.allowed, d.reasons, d.elements, d.consent_no, d.confirmed_at, $5
        FROM jsonb_to_recordset($7) AS d (applicant_no int, allowed boolean, reasons text[], elements text[],
            consent_no bigint, confirmed_at timestamptz)
        RETURNING decision_no
    )
    INSERT INTO gate_question (run_id, client_id, use, asked_at, law_profile_id, key_no, decisions)
    SELECT $1, $2, $3, $4, $5, $6, ARRAY(SELECT decision_no FROM kept)
"""
_ACT_FOR = b"SELECT set_config('kanmon.client', %s, true);"
_PING = b"SELECT 1"
_EXECUTE_FIND = {
    False: _ACT_FOR + b"EXECUTE find (%s, %s, %s, %s, %s, %s, %s)",
    True: _ACT_FOR + b"EXECUTE find_doubted (%s, %s, %s, %s, %s, %s, %s)",
}
_EXECUTE_KEEP = _ACT_FOR + b"EXECUTE keep (%s, %s, %s, %s, %s, %s, %s)"


class PromptGate:
    """See `gate.online.PromptFacts`; in a replay it asks as of `asked_at`."""

    def __init__(self, pool: "AsyncConnectionPool[_Connection]", asked_at: datetime | None, row_key: RowKey) -> None:
        self._pool = pool
        self._asked_at = asked_at
        self._row_key = row_key

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: URL, asked_at: datetime | None, row_key: RowKey) -> AsyncIterator["PromptGate"]:
        """Over connections of its own, until the block ends.

        What they write is on disk within a second, not at once: an answer releases nothing. A plan is made once:
        to make one for each question takes longer than to answer it.
        """
        options = f"{options_as(limited(url), APP)} -c synchronous_commit=off -c plan_cache_mode=force_generic_plan"
        own = {"autocommit": True, "prepare_threshold": None, "options": options, "application_name": "kanmon"}
        pool = AsyncConnectionPool(
            conninfo_of(url), connection_class=_Connection,
            kwargs={**own, "connect_timeout": _MOST_SECONDS},
            min_size=1, max_size=_MOST_CONNECTIONS, open=False, configure=_prepare, timeout=_MOST_SECONDS,
            reconnect_timeout=_MOST_SECONDS,
        )  # fmt: skip
        async with pool:
            yield cls(pool, asked_at, row_key)

    async def ping(self) -> None:
        """Ask the database the least there is to ask; `DatabaseUnavailable` where it takes `heartbeat.MOST_SECONDS`."""
        asked = asyncio.ensure_future(self._read(_PING, ()))
        answered, _ = await asyncio.wait({asked}, timeout=MOST_SECONDS)
        if not answered:
            asked.add_done_callback(lambda late: late.cancelled() or late.exception())
            raise DatabaseUnavailable(N_("the database does not answer; try again soon"))
        await asked

    async def find(self, asking: Lookup) -> ApplicantFacts:
        """See `gate.online.PromptFacts`."""
        values = (
            asking.client, asking.client, asking.season, self._asked_at, asking.key_sha256, list(asking.names),
            asking.doubts, asking.doubted_until,
        )  # fmt: skip
        rows = await self._read(_EXECUTE_FIND[asking.doubts is not None], values)
        asked_at, version, key_no, may, key_client = rows[0][:_ASKED]
        facts = [FactRow._make(row[_FOUND:]) for row in rows if row[_FOUND] is not None]
        sealed = {fact.member_no: row[_ASKED:_FOUND] for fact, row in zip(facts, rows, strict=True)} if facts else {}
        unproved = {
            member
            for member, (acts, seal, is_lost) in sealed.items()
            if member is not None and (is_lost or not self._row_key.has_sealed(KIND, acts or b"", seal))
        }
        key = None if key_no is None else Key(key_no, may, key_client)
        return ApplicantFacts(asked_at, version, key, facts, frozenset(unproved))

    async def record(self, run_id: RunId, key_no: int, terms: Terms, decisions: Sequence[Decision]) -> None:
        """See `gate.online.PromptFacts`."""
        client = terms.client.client_id
        kept = json.dumps([decision_values(decision) for decision in decisions], default=datetime.isoformat)
        values = (client, run_id, client, terms.use.value, terms.asked_at, terms.profile.profile_id, key_no, kept)
        with failures_told():
            async with self._pool.connection() as connection:
                await connection.cursor_for(_EXECUTE_KEEP).execute(_EXECUTE_KEEP, values)

    def written(self, doubts: Sequence[Doubt]) -> str | None:
        """See `gate.online.PromptFacts`."""
        return doubts_as_json(doubts) if doubts else None

    async def _read(self, statement: bytes, values: Sequence[object]) -> list[TupleRow]:
        """The rows of a message's last statement.

        Once more where a connection turns out to be broken, after looking at all that are idle.
        """
        with failures_told():
            try:
                return await self._read_once(statement, values)
            except psycopg.OperationalError:
                await self._pool.check()
                return await self._read_once(statement, values)

    async def _read_once(self, statement: bytes, values: Sequence[object]) -> list[TupleRow]:
        async with self._pool.connection() as connection:
            cursor = connection.cursor_for(statement)
            await cursor.execute(statement, values)
            while cursor.nextset():
                pass
            return await cursor.fetchall()


class _Connection(AsyncConnection[TupleRow]):
    """Keeps a cursor for each statement, which knows the types of its values and columns from the time before."""

    cursors: dict[bytes, AsyncClientCursor[TupleRow]]

    def cursor_for(self, statement: bytes) -> AsyncClientCursor[TupleRow]:
        """The cursor for a statement of this module's."""
        if statement not in self.cursors:
            self.cursors[statement] = AsyncClientCursor(self)
        return self.cursors[statement]


async def _prepare(connection: _Connection) -> None:
    connection.cursors = {}
    for is_doubted in (False, True):
        facts = facts_query(
            is_doubted=is_doubted,
            is_informed=_IS_INFORMED,
            is_confirmed=True,
            is_erased=True,
            is_objected=True,
            is_stopped=True,
            is_affected=True,
            is_held=True,
            is_named=True,
        )
        find = _FIND.format(name=_name(is_doubted), facts=facts, sealed=SEALED_OF_ONE)
        await connection.execute(_placed(find, _PLACES).encode())
    await connection.execute(_RECORD.encode())


def _name(is_doubted: bool) -> str:
    return "find_doubted" if is_doubted else "find"


def _placed(query: str, places: Mapping[str, str]) -> str:
    """A query whose `:names` are the places of a prepared statement's values."""
    return re.sub(r"(?<!:):([a-z_]+)", lambda found: places[found[1]], query)
