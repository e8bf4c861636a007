"""Facts and records of single questions: two round trips in all, on connections of the event loop's own.

Each trip is one message with two statements, and one transaction: which client it acts for, then a prepared statement.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg import AsyncClientCursor, AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import URL

from kanmon.access.key import Key
from kanmon.consent.screens import Doubt
from kanmon.core.errors import DatabaseUnavailable
from kanmon.core.ids import ApplicantNo, ClientId, RunId, SeasonId
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
from kanmon.ledger.store.bound_rows import ENTERED_OF_SEASON, Digests, digest_of, newest_digests, opened_all, written
from kanmon.ledger.store.bound_tables import ROWS_OF_ONE, Batch, rows_judged
from kanmon.ledger.store.notice_seals import ARE_GONE, NOTICED_OF_ONE, are_sealed

_MOST_CONNECTIONS = 8
_MOST_SECONDS = 5
"""For a connection: while there is none, a question is refused rather than kept waiting."""
# A notice of scoring is looked for in general only where this person has none.
_IS_INFORMED = f"""(informed.of_scoring IS NOT NULL
    OR NOT (EXISTS (SELECT FROM notice WHERE kind = 'scoring' AND occurred_at < :asked_at) OR {NOTICES_UNREAD}))"""
_PLACES = {
    "client": "$1", "season": "$2", "asked_at": "coalesce($3, now())", "key": "$4", "names": "$5", "doubts": "$6",
    "doubted_until": "$7", "of_season": "$8", "of_client": "$9",
}  # fmt: skip
_FIND = """
    PREPARE {name} (text, text, timestamptz, bytea, text[], text, timestamptz, text, text) AS
    SELECT :asked_at, (SELECT version FROM terms_version), (
            SELECT max(ledger_seq) FROM bound_rows
            WHERE (kind, batch) IN (('applicant', :of_season), ('tie', :of_season), ('recipient_consent', :of_client))
        ), k.key_no, k.may, k.client_id, sealed.*, noticed.*, {are_gone}, rows.*, f.*
    FROM (SELECT) one
    LEFT JOIN api_key k ON k.key_sha256 = :key AND k.revoked_at IS NULL
    LEFT JOIN ({facts}) f ON true
    LEFT JOIN LATERAL ({sealed}) sealed ON true
    LEFT JOIN LATERAL ({noticed}) noticed ON true
    LEFT JOIN LATERAL ({rows}) rows ON true
    ORDER BY f.applicant_no, f.last_at DESC, f.consent_no DESC
"""
_ASKED = 6
_PROOFS = _ASKED + 6
_FOUND = _PROOFS + 3
"""Columns before those of a `FactRow`: of the question, then what proves a person's acts, then the row itself."""
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
    False: _ACT_FOR + b"EXECUTE find (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
    True: _ACT_FOR + b"EXECUTE find_doubted (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
}
_EXECUTE_KEEP = _ACT_FOR + b"EXECUTE keep (%s, %s, %s, %s, %s, %s, %s)"


class PromptGate:
    """See `gate.online.PromptFacts`; in a replay it asks as of `asked_at`."""

    def __init__(self, pool: "AsyncConnectionPool[_Connection]", asked_at: datetime | None, row_key: RowKey) -> None:
        self._pool = pool
        self._asked_at = asked_at
        self._row_key = row_key
        self._entered: dict[tuple[ClientId, SeasonId], tuple[int | None, dict[str, Digests | None]]] = {}
        """What was entered last of each client's season, by kind, and the newest of its entries."""

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
        while True:
            batches = [written(batch) for _, batch in self._judged(asking)]
            values = (
                asking.client, asking.client, asking.season, self._asked_at, asking.key_sha256, list(asking.names),
                asking.doubts, asking.doubted_until, batches[0], batches[-1],
            )  # fmt: skip
            rows = await self._read(_EXECUTE_FIND[asking.doubts is not None], values)
            asked_at, version, newest, key_no, may, key_client = rows[0][:_ASKED]
            key = None if key_no is None else Key(key_no, may, key_client)
            found = [row for row in rows if row[_FOUND] is not None]
            facts = [FactRow._make(row[_FOUND:]) for row in found]
            if not facts:
                return ApplicantFacts(asked_at, version, key, facts)
            entered = await self._entered_until(asking, newest)
            if entered is not None:  # else something was entered meanwhile
                proofs = list(zip(facts, found, strict=True))
                members = {fact.member_no for fact, row in proofs if not self._is_proved(row[_ASKED:_PROOFS])}
                changed = {
                    fact.applicant_no
                    for fact, row in proofs
                    if not self._is_entered(fact.applicant_no, row[_PROOFS:_FOUND], entered)
                }
                proved = frozenset(member for member in members if member is not None)
                return ApplicantFacts(asked_at, version, key, facts, proved, frozenset(changed))

    def _judged(self, asking: Lookup) -> list[Batch]:
        return rows_judged(asking.client, asking.season or SeasonId(""))

    def _is_proved(self, proof: Sequence[Any]) -> bool:
        """Whether what is kept of a member's acts and notices is what was recorded."""
        acts, seal, is_lost, notices, notice_seal, are_gone = proof
        are_acts_sealed = self._row_key.has_sealed(KIND, acts or b"", seal)
        are_known = are_acts_sealed and are_sealed(self._row_key, notices, notice_seal)
        return are_known and not is_lost and not are_gone

    def _is_entered(
        self, applicant: ApplicantNo, contents: Sequence[bytes | None], entered: Mapping[str, Digests | None]
    ) -> bool:
        """Whether an applicant's row, tie and confirmation are what was entered last."""
        for (kind, digests), content in zip(entered.items(), contents, strict=True):
            now = None if content is None else digest_of(self._row_key, kind, content)
            if digests is None or digests.get(f"{applicant}/") != now:
                return False
        return True

    async def _entered_until(self, asking: Lookup, newest: int | None) -> Mapping[str, Digests | None] | None:
        """What was entered last of the rows of a client's season, kind by kind; None where more is entered by now."""
        assert asking.season is not None
        name = asking.client, asking.season
        if name not in self._entered or self._entered[name][0] != newest:
            batches = self._judged(asking)
            found = await self._read(ENTERED_OF_SEASON.encode(), [written(batch) for _, batch in batches])
            digests: dict[str, Digests | None] = {}
            for kind, batch in batches:
                payloads = opened_all([row[2:] for row in found if row[0] == kind], kind, batch)
                digests[kind] = None if payloads is None else newest_digests(payloads)
            self._entered[name] = max((row[1] for row in found), default=None), digests
        until, entered = self._entered[name]
        return entered if until == newest else None

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
        find = _FIND.format(
            name=_name(is_doubted),
            facts=facts,
            sealed=SEALED_OF_ONE,
            noticed=NOTICED_OF_ONE,
            rows=ROWS_OF_ONE,
            are_gone=ARE_GONE,
        )
        await connection.execute(_placed(find, _PLACES).encode())
    await connection.execute(_RECORD.encode())


def _name(is_doubted: bool) -> str:
    return "find_doubted" if is_doubted else "find"


def _placed(query: str, places: Mapping[str, str]) -> str:
    """A query whose `:names` are the places of a prepared statement's values."""
    return re.sub(r"(?<!:):([a-z_]+)", lambda found: places[found[1]], query)
