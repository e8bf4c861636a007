"""What a request may bring, and how long it may take: looked at before anything of it is parsed or put on disk."""

import asyncio
import json
from collections.abc import Mapping

import uvicorn
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_BYTES = 100_000
"""Of a body for which `MOST_BYTES_OF` says nothing else: a form of ours with every field full."""
MOST_BYTES_OF: Mapping[str, int] = {
    "/api/": 1_100_000,
    "/client/applicants": 51_000_000,
    "/officer/what-if": 8_000_000,
    "/review": 2_000_000,
}
"""By the beginning of the path; a little more than the route itself takes, which tells in its own words."""
HEAD_SECONDS = 20.0
"""Within which a request's head must be whole, from its connection's or its own first byte on."""
GRACE_SECONDS = 20.0
BYTES_A_SECOND = 10_000
"""A body must be whole after `GRACE_SECONDS` and a second for so many bytes that came."""
_TOO_LARGE = (413, "TOO_LARGE", "413 送信できる大きさを超えています / More was sent than is taken")
_TOO_SLOW = (408, "TOO_SLOW", "408 時間内に届きませんでした / The request did not arrive in time")


class Bodies:
    """An ASGI middleware that refuses bodies which are too large (413) or come too slowly (408)."""

    def __init__(self, app: ASGIApp, keyed: str) -> None:
        """Below `keyed` a refusal is JSON, as the API's are."""
        self._app = app
        self._keyed = keyed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, its body counted as it comes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = most_bytes_of(scope["path"])
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isascii() and declared.isdigit() and int(declared[:19]) > most:
            await self._refusal(scope, _TOO_LARGE)(scope, receive, send)
            return
        body = _Body(receive, send, most)
        try:
            await self._app(scope, body.receive, body.send)
        except Exception:
            if body.refused is None:
                raise
        if body.refused is not None and not body.is_answered:
            await self._refusal(scope, body.refused)(scope, receive, send)

    def _refusal(self, scope: Scope, refused: tuple[int, str, str]) -> Response:
        status, code, words = refused
        headers = {"Connection": "close", "Cache-Control": "no-store"}
        if scope["path"].startswith(self._keyed):
            content = json.dumps({"code": code, "message": words.partition(" / ")[2]})
            return Response(content, status, headers, "application/json")
        return PlainTextResponse(f"{words}\n", status, headers)


class _Body:
    """The body of one request on its way to the application, which gets none of what is too much or too late."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive = receive
        self._send = send
        self._most = most
        self._bytes = 0
        self._began = asyncio.get_running_loop().time()
        self._is_whole = False
        self.refused: tuple[int, str, str] | None = None
        self.is_answered = False

    async def receive(self) -> Message:
        """The next part; a disconnect in place of one that is too much or too late."""
        if self._is_whole:  # what comes now is the client's leaving, which may take as long as it likes
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), self._seconds_left())
        except TimeoutError:
            return self._refuse(_TOO_SLOW)
        self._bytes += len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        return self._refuse(_TOO_LARGE) if self._bytes > self._most else message

    async def send(self, message: Message) -> None:
        """Pass on the answer, but for one to a request that was cut off here."""
        if self.refused is not None and not self.is_answered:
            return
        self.is_answered = True
        await self._send(message)

    def _refuse(self, refused: tuple[int, str, str]) -> Message:
        self.refused = refused
        return {"type": "http.disconnect"}

    def _seconds_left(self) -> float:
        end = self._began + GRACE_SECONDS + self._bytes / BYTES_A_SECOND
        return max(0.0, end - asyncio.get_running_loop().time())


class PromptHeads(H11Protocol):
    """HTTP/1.1 that closes a connection whose next head is not whole in time."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new connection owes a head at once."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is owed any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """The first byte after an answer begins a head; a whole one ends the wait."""
        if self.cycle is None or self.cycle.response_complete:
            self._wait()
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def most_bytes_of(path: str) -> int:
    """How many bytes a request to this path may bring."""
    return next((most for start, most in MOST_BYTES_OF.items() if path.startswith(start)), MOST_BYTES)


def server_config(app: ASGIApp, **settings: object) -> uvicorn.Config:
    """How the service answers, in one process or in several."""
    return uvicorn.Config(app, http=PromptHeads, log_level="warning", server_header=False, **settings)  # type: ignore[arg-type]
