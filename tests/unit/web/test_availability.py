"""Who waits for a database that is lost is told so at once, whatever the request itself still waits for."""

import asyncio
from types import SimpleNamespace

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kanmon.web.availability import WORDS_OF_PAGES, Availability


class Heartbeat:
    """A database that can be lost."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    @property
    def is_there(self) -> bool:
        return not self.event.is_set()

    async def lost(self) -> None:
        await self.event.wait()


class Service:
    """An application whose answers wait until somebody lets them go on, with what became of them."""

    def __init__(self) -> None:
        self.heartbeat, self.begun, self.goes_on = Heartbeat(), asyncio.Event(), asyncio.Event()
        self.ended: list[str] = []
        self.app = Starlette(routes=[Route("/{path:path}", self.waits, methods=["GET", "POST"])])
        self.app.state.decisions = SimpleNamespace(heartbeat=self.heartbeat)
        self.app.add_middleware(Availability, keyed="/api/", spared=("/static/",))

    async def waits(self, request: Request) -> Response:
        self.begun.set()
        await self.goes_on.wait()
        self.ended.append(request.method)
        return PlainTextResponse("done")

    async def asked(self, method: str, path: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url="http://test") as client:
            return await client.request(method, path)


def test_a_page_that_waits_is_told_when_the_database_is_lost_and_its_late_answer_goes_nowhere() -> None:
    async def lose() -> None:
        service = Service()
        for path, words in (("/me", WORDS_OF_PAGES), ("/api/v1/state", "DATABASE_UNAVAILABLE")):
            service.begun.clear()
            service.heartbeat.event.clear()
            waiting = asyncio.create_task(service.asked("GET", path))
            await service.begun.wait()
            service.heartbeat.event.set()
            answer = await waiting
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert words in answer.text
        assert service.ended == []
        service.goes_on.set()
        while len(service.ended) < 2:
            await asyncio.sleep(0)

    asyncio.run(lose())


def test_what_changes_something_is_let_end_so_that_its_outcome_is_told() -> None:
    async def lose() -> None:
        service = Service()
        waiting = asyncio.create_task(service.asked("POST", "/me/withdraw"))
        await service.begun.wait()
        service.heartbeat.event.set()
        assert (await service.asked("POST", "/me/withdraw")).status_code == 503
        service.goes_on.set()
        assert (await waiting).text == "done"
        assert service.ended == ["POST"]

    asyncio.run(lose())


def test_while_the_database_answers_nothing_is_in_between() -> None:
    async def look() -> None:
        service = Service()
        service.goes_on.set()
        assert (await service.asked("GET", "/me")).text == "done"
        assert (await service.asked("POST", "/me")).text == "done"
        service.heartbeat.event.set()
        assert (await service.asked("GET", "/static/style.css")).text == "done"
        assert (await service.asked("GET", "/me")).status_code == 503

    asyncio.run(look())
