"""Requests that are too large or come too slowly, over a real connection: nobody else waits for them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated

import pytest
import uvicorn
from fastapi import FastAPI, File, Form, UploadFile
from starlette.types import Message, Receive, Scope, Send

from kanmon.web import bodies
from kanmon.web.bodies import MOST_BYTES, Bodies, most_bytes_of, server_config

SHORT = 0.3


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same limits, in fractions of a second."""
    monkeypatch.setattr(bodies, "HEAD_SECONDS", SHORT)
    monkeypatch.setattr(bodies, "GRACE_SECONDS", SHORT)


def service(parsed: list[int]) -> FastAPI:
    app = FastAPI()

    @app.post("/form")
    def form(words: Annotated[str, Form()]) -> int:
        parsed.append(len(words))
        return len(words)

    @app.post("/client/applicants")
    def hand_over(file: Annotated[UploadFile, File()]) -> int:
        parsed.append(file.size or 0)
        return file.size or 0

    @app.post("/api/v1/events")
    def events(sent: dict[str, str]) -> int:
        parsed.append(len(sent))
        return len(sent)

    app.add_middleware(Bodies, keyed="/api/")
    return app


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[int]:
    server = uvicorn.Server(server_config(app, host="127.0.0.1", port=0, lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


async def sent(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """What is answered to bytes that are sent one part after the other; whoever is cut off sends no more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answered = asyncio.create_task(reader.read())
    for part in parts:
        if answered.done():
            break
        writer.write(part)
        await asyncio.sleep(pause)
    try:
        return await asyncio.wait_for(answered, 60)
    finally:
        writer.close()


def run(work: Callable[[int], Coroutine[None, None, None]], app: FastAPI) -> None:
    async def all_of_it() -> None:
        async with served(app) as port:
            await work(port)

    asyncio.run(all_of_it())


def head(path: str, length: int | None, kind: str = "application/x-www-form-urlencoded") -> bytes:
    how = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return f"POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {kind}\r\n{how}\r\n\r\n".encode()


def chunk(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n"


def test_a_form_of_usual_size_is_taken() -> None:
    parsed: list[int] = []

    async def work(port: int) -> None:
        assert (await sent(port, head("/form", 9), b"words=abc")).startswith(b"HTTP/1.1 200")

    run(work, service(parsed))
    assert parsed == [3]


def test_what_says_it_is_too_large_is_refused_unread_and_what_lies_is_cut_off() -> None:
    parsed: list[int] = []

    async def work(port: int) -> None:
        assert (await sent(port, head("/form", MOST_BYTES + 1))).startswith(b"HTTP/1.1 413")
        lies = (head("/form", None), chunk(b"words=" + b"a" * MOST_BYTES), chunk(b"a"), b"0\r\n\r\n")
        assert (await sent(port, *lies)).startswith(b"HTTP/1.1 413")
        refused = await sent(port, head("/api/v1/events", 2_000_000, "application/json"))
        assert refused.startswith(b"HTTP/1.1 413")
        assert b'"TOO_LARGE"' in refused
        assert (await sent(port, head("/client/applicants", 60_000_000))).startswith(b"HTTP/1.1 413")

    run(work, service(parsed))
    assert parsed == []


@pytest.mark.usefixtures("hasty")
def test_a_slow_body_is_cut_off() -> None:
    parsed: list[int] = []

    async def work(port: int) -> None:
        answered = await sent(port, head("/form", 50), b"words=", b"a", b"b", pause=SHORT)
        assert answered.startswith(b"HTTP/1.1 408")

    run(work, service(parsed))
    assert parsed == []


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("begun", [b"", b"POST /form HTT", b"POST /form HTTP/1.1\r\nHost: a\r\nX-A: b\r\n"])
def test_a_slow_head_ends_with_its_connection(begun: bytes) -> None:
    async def work(port: int) -> None:
        assert await sent(port, begun) == b""

    run(work, service([]))


@pytest.mark.usefixtures("hasty")
def test_a_second_head_on_a_connection_is_waited_for_no_longer() -> None:
    async def work(port: int) -> None:
        first = head("/form", 9).replace(b"Connection: close\r\n", b"") + b"words=abc"
        assert (await sent(port, first, b"POST /fo")).startswith(b"HTTP/1.1 200")

    run(work, service([]))


def test_limits_go_by_the_beginning_of_the_path() -> None:
    assert most_bytes_of("/client/applicants") > 50_000_000
    assert most_bytes_of("/client/decisions") == most_bytes_of("/sign-in") == MOST_BYTES


@pytest.mark.parametrize(("declared", "status"), [("²", 200), ("9" * 5000, 413), ("-1", 200), ("", 200)])
def test_a_length_that_no_server_lets_through_is_no_fault_of_ours(declared: str, status: int) -> None:
    """Behind another server than ours, nobody else has read it yet."""
    statuses: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "path": "/form", "headers": [(b"content-length", declared.encode("latin-1"))]}
    asyncio.run(Bodies(app, keyed="/api/")(scope, receive, send))
    assert statuses == [status]
