"""The gate online: wired for the doors, with its record entered into the ledger from time to time."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace

from kanmon.application.application import Application
from kanmon.core.errors import KanmonError
from kanmon.core.ids import new_run_id
from kanmon.db.heartbeat import DatabaseHeartbeat
from kanmon.gate.online import OnlineGate, RegisterBook
from kanmon.gate.online_record import ENTERED_AT_ONCE, enter_waiting
from kanmon.gate.store.book import BookStore
from kanmon.gate.store.prompt import PromptGate
from kanmon.gate.store.questions import QuestionStore
from kanmon.scoring.store import RunStore

SECONDS_BETWEEN_ENTRIES = 60
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class DecisionService:
    """What a door asks: the gate itself, and whether the database answers at all."""

    gate: OnlineGate
    prompt: PromptGate
    heartbeat: DatabaseHeartbeat


@asynccontextmanager
async def deciding(application: Application) -> AsyncIterator[DecisionService]:
    """The gate online until the block ends; its answers enter the ledger each minute, and at the end."""
    run_id = new_run_id(application.clock.now())
    is_noted = False

    def read_book() -> RegisterBook:
        nonlocal is_noted
        application.check_providing()
        with application.transactions.read() as work:
            book = replace(BookStore(work.session).read(), in_replays=application.clock.in_replays)
        if not is_noted:
            clock = application.clock
            with application.transactions.begin() as work:
                RunStore(work.session).begin(run_id, "decisions", clock.now(), clock.real(), clock.is_replay)
            is_noted = True
        return book

    async def read() -> RegisterBook:
        return await asyncio.to_thread(read_book)

    asked_at = application.clock.now() if application.clock.is_replay else None
    async with AsyncExitStack() as stack:
        prompt = await stack.enter_async_context(
            PromptGate.opened(application.transactions.url, asked_at, application.row_key)
        )
        heartbeat = await stack.enter_async_context(DatabaseHeartbeat(application.transactions.url).watched())
        entering = asyncio.create_task(_enter_each_minute(application))
        try:
            yield DecisionService(OnlineGate(prompt, read, run_id), prompt, heartbeat)
        finally:
            entering.cancel()
            with suppress(asyncio.CancelledError):
                await entering
            await _enter(application)


def enter_answers(application: Application) -> int:
    """Enter into the ledger what was answered online and isn't in it yet; how many questions that were."""
    clock, entered = application.clock, 0
    with application.transactions.begin() as work:
        clients = QuestionStore(work.session).clients()
    for client in clients:
        done = ENTERED_AT_ONCE
        while done == ENTERED_AT_ONCE:
            with application.transactions.begin() as work:
                done = enter_waiting(QuestionStore(work.session), work.ledger, client, clock.now(), clock.real())
            entered += done
    return entered


async def _enter_each_minute(application: Application) -> None:
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_ENTRIES)
        await _enter(application)


async def _enter(application: Application) -> None:
    try:
        await asyncio.to_thread(enter_answers, application)
    except KanmonError:
        _LOG.exception("the answers given online wait for the ledger; they are tried again later")
