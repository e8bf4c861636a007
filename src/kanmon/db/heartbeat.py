"""Whether the database answers, asked twice a second on one connection of the event loop's own.

A server that was killed refuses connections at once; one that is frozen takes them and never says a word. A question is
never broken off: one that a frozen server answers late says that it is back.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from sqlalchemy import URL

from kanmon.db.logins import APP, conninfo_of, options_as

MOST_SECONDS = 5.0
"""An answer that takes longer is none: pages then say so at once, in place of waiting.

A server that is gone refuses at once and is told within a second; this is for one that is frozen, and longer than a
busy machine takes for the least question.
"""
_PAUSE_SECONDS = 0.5
_CONNECT_SECONDS = 2


class DatabaseHeartbeat:
    """Asks for as long as `watched` lasts."""

    def __init__(self, url: URL) -> None:
        self._conninfo = conninfo_of(url)
        self._options = options_as(url, APP)
        self._connection: AsyncConnection[TupleRow] | None = None
        self._lost = asyncio.Event()

    @property
    def is_there(self) -> bool:
        """Whether the last question was answered in time."""
        return not self._lost.is_set()

    async def lost(self) -> None:
        """Return once a question was not answered in time."""
        await self._lost.wait()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator["DatabaseHeartbeat"]:
        """Ask until the block ends."""
        watching = asyncio.create_task(self._watch())
        try:
            yield self
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            await self._forget()

    async def _watch(self) -> None:
        while True:
            beat = asyncio.create_task(self._beat())
            answered, _ = await asyncio.wait({beat}, timeout=MOST_SECONDS)
            if not answered:
                self._lost.set()
            if await beat:
                self._lost.clear()
            else:
                self._lost.set()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _beat(self) -> bool:
        try:
            if self._connection is None:
                self._connection = await AsyncConnection.connect(
                    self._conninfo,
                    autocommit=True,
                    options=self._options,
                    application_name="kanmon",
                    connect_timeout=_CONNECT_SECONDS,
                )
            await self._connection.execute("SELECT 1")
        except psycopg.Error:
            await self._forget()
            return False
        return True

    async def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
